// What scripts of every page say, in the person's language: written into the page by parts/texts.html.

const box = document.getElementById("texts");
export const texts = box ? JSON.parse(box.textContent) : {};

/** "New {what}" and {what: "customer"} → "New customer". */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
