// A refusal stands beside its control: it is seen, announced, and gone as soon as something else is typed.

import { element } from "./combobox.js";
import { icon } from "../frame/icon.js";

let serial = 0;

/** Returns the control that a person sees and types into, for a picker hides its select behind an input. */
export function visibleControl(control) {
  return control.picker?.input ?? control;
}

/** Puts a refusal beside a control, or takes it away with an empty text; false where there is no place for it. */
export function refuse(control, text) {
  const box = control?.closest?.(".field");
  if (!box) return false;
  const seen = visibleControl(control);
  box.classList.toggle("bad", Boolean(text));
  box.querySelectorAll(".err").forEach((old) => old.remove());
  if (!text) {
    if (seen.hasAttribute("aria-invalid")) seen.removeAttribute("aria-describedby");
    seen.removeAttribute("aria-invalid");
    return true;
  }
  const why = element("div", "err", text);
  why.id = `why-${++serial}`;
  seen.setAttribute("aria-invalid", "true");
  seen.setAttribute("aria-describedby", why.id);
  box.append(why);
  return true;
}

/** Shows above a form what is to be corrected: how much, and a link to each field, as the server's forms do. */
export function summary(faults, heading) {
  const list = element("ul");
  for (const { label, text, control } of faults) {
    const link = element("a", "", label);
    link.href = "#";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      goTo(control);
    });
    list.append(element("li", "", link, ` · ${text}`));
  }
  return told(element("div", "", element("b", "", heading)), list);
}

/** Makes a refusal with a text of its own. */
export function told(...content) {
  return element("div", "note stop faults", icon("alert-triangle"), element("div", "", ...content));
}

/** Goes to a control so that it and its label stand between the bars at the top and at the bottom. */
export function goTo(control) {
  const seen = visibleControl(control);
  (seen.closest(".field") ?? seen).scrollIntoView({ block: "center", behavior: "instant" });
  seen.focus();
}

const STOPS = "input:not([type=hidden]), select, textarea, button:not([data-calendar])";

/** Returns the field after this one in its form, as Tab would find it. */
export function goOnAfter(control) {
  const stops = [...control.form.querySelectorAll(STOPS)].filter(
    (stop) => !stop.disabled && stop.tabIndex >= 0 && stop.getClientRects().length,
  );
  const next = stops[stops.indexOf(visibleControl(control)) + 1];
  if (next) next.focus();
}
