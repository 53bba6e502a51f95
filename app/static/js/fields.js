// Controls of a form come to life: pickers and dates.

import { takeDays } from "./days.js";
import { startPicker } from "./picker.js";

export function startFields(root) {
  for (const select of root.querySelectorAll("select[data-pick]")) startPicker(select);
  takeDays(root);
}
