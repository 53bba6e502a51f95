// Texts for the scripts of every page are written into it by parts/texts.html, in the person's language.

const box = document.getElementById("texts");
export const texts = box ? JSON.parse(box.textContent) : {};

/** Fills a text in: "New {what}" and {what: "customer"} → "New customer". */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
