// The values of a form's controls are read and put back here: texts, ticks, and chosen rows with their names.

/** Returns a text, a tick, or the chosen rows as [key, name]. */
export function valueOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  if (control.tagName !== "SELECT") return control.value;
  return [...control.selectedOptions].filter((option) => option.value).map((option) => [option.value, option.text]);
}

export function putBack(control, value) {
  if (control.type === "checkbox" || control.type === "radio") {
    control.checked = value;
  } else if (control.tagName !== "SELECT") {
    control.value = value;
  } else {
    for (const option of control.options) option.selected = false;
    if (!value.length && !control.multiple) control.value = "";
    for (const [key, text] of value) {
      let option = [...control.options].find((found) => found.value === key);
      if (!option && control.dataset.pick) control.append((option = new Option(text, key)));
      if (option) option.selected = true;
    }
    control.picker?.draw();
  }
}
