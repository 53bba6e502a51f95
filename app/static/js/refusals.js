// A refusal beside the control it is about: seen, announced, and gone as soon as something else is typed.

import { element } from "./combobox.js";
import { icon } from "./icon.js";

let serial = 0;

/** What a person sees and types into: a picker hides its select behind an input. */
export function visibleControl(control) {
  return control.picker?.input ?? control;
}

/** Put a refusal beside a control, or take it away with an empty text; false where there is no place for it. */
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

/** What is to be corrected, above a form: how much, and each with the way to it; as the server's forms say it. */
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

/** A refusal in words of its own. */
export function told(...content) {
  return element("div", "note stop faults", icon("alert-triangle"), element("div", "", ...content));
}

/** Go to a control so that it and its label stand between the bars at the top and at the bottom. */
export function goTo(control) {
  const seen = visibleControl(control);
  (seen.closest(".field") ?? seen).scrollIntoView({ block: "center", behavior: "instant" });
  seen.focus();
}

const STOPS = "input:not([type=hidden]), select, textarea, button:not([data-calendar])";

/** The field after this one in its form, as Tab would find it. */
export function goOnAfter(control) {
  const stops = [...control.form.querySelectorAll(STOPS)].filter(
    (stop) => !stop.disabled && stop.tabIndex >= 0 && stop.getClientRects().length,
  );
  const next = stops[stops.indexOf(visibleControl(control)) + 1];
  if (next) next.focus();
}
