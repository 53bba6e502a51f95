// Pickers and dates of a form are started here.

import { takeDays } from "./days.js";
import { startPicker } from "./picker.js";

export function startFields(root) {
  for (const select of root.querySelectorAll("select[data-pick]")) startPicker(select);
  takeDays(root);
}
