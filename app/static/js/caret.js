// Where the cursor stands in a field that has a value already, however it came there: a script, autofocus, a dialog that
// opened, a tap. A figure is selected, so that what is typed replaces it; in a text the caret stands behind it.

const FIGURES = "input[inputmode=decimal], input[inputmode=numeric], input[inputmode=tel]";
let pressed = false; // while a button of the mouse or a finger is down the press itself places the caret
let tapped; // the figure that was entered last, until the next press

function placeCaret(field) {
  if (!field?.value || field.selectionStart === undefined || field.readOnly) return;
  if (field.matches(FIGURES)) {
    tapped = field; // by a finger: it enters the field after it was lifted, and still places the caret
    if (!pressed) field.select();
  } else if (!pressed && field.selectionStart === 0 && field.selectionEnd === 0) {
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

/** For every field of the page, now and later; what has the cursor already is not disturbed once somebody types. */
export function startCaret() {
  document.addEventListener("pointerdown", () => { pressed = true; tapped = undefined; }, true);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { pressed = false; }, true);
  document.addEventListener("keydown", () => { pressed = false; }, true);
  document.addEventListener("click", (event) => {
    const field = tapped;
    tapped = undefined;
    if (event.target !== field) return;
    setTimeout(() => field.selectionStart === field.selectionEnd && field.select()); // once the press has placed the caret
  });
  document.addEventListener("focusin", (event) => placeCaret(event.target));
  const already = document.activeElement;
  if (already?.value && already.value === already.defaultValue) placeCaret(already);
}
