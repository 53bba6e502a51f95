// This places the cursor in a field that has a value already, however the cursor came there: by a script, by
// autofocus, by a dialog that opened or by a tap. A figure is selected, so that what is typed replaces it; in a text
// the caret stands behind the last character.

const FIGURES = "input[inputmode=decimal], input[inputmode=numeric], input[inputmode=tel]";
let pressed = false; // while a button of the mouse or a finger is down the press itself places the caret
let tapped; // the figure that was entered last, until the next press
let settling; // the figure that was pressed, until the press has placed the caret in it

function placeCaret(field) {
  if (!field?.value || field.selectionStart === undefined || field.readOnly) return;
  if (field.matches(FIGURES)) {
    tapped = field; // by a finger: it enters the field after it was lifted, and still places the caret
    if (!pressed) field.select();
  } else if (!pressed && field.selectionStart === 0 && field.selectionEnd === 0) {
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

/** A pressed figure is selected, unless the press itself selected a part of it. */
function settle() {
  const field = settling;
  settling = undefined;
  if (field && field.selectionStart === field.selectionEnd) field.select();
}

/** For every field of the page, now and later; what has the cursor already is not disturbed once somebody types. */
export function startCaret() {
  document.addEventListener("pointerdown", () => { pressed = true; tapped = undefined; }, true);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { pressed = false; }, true);
  // A key may arrive before the page had time to place the caret.
  document.addEventListener("keydown", () => { pressed = false; settle(); }, true);
  document.addEventListener("click", (event) => {
    if (event.target === tapped) {
      settling = tapped;
      setTimeout(settle);
    }
    tapped = undefined;
  });
  document.addEventListener("focusin", (event) => placeCaret(event.target));
  const already = document.activeElement;
  if (already?.value && already.value === already.defaultValue) placeCaret(already);
}
