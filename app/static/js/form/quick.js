// A missing customer, contact … is made in a dialog, without leaving the form that needs it.

import { answerOf } from "../frame/answers.js";
import { element } from "./combobox.js";
import { startFields } from "./fields.js";
import { goTo, refuse } from "./refusals.js";
import { texts } from "../frame/texts.js";

/**
 * Asks for a new row at `address`; `known` presets fields, and `text` goes into its name.
 * Resolves to {id, text, hint}, or to null when the person thought better of it.
 */
export async function openQuick(address, text, known = {}) {
  const asked = new URLSearchParams({ ...known, text });
  const { found, refused } = await answerOf(`${address}?${asked}`);
  if (refused) {
    window.Toast(refused.message, "stop");
    return null;
  }
  const dialog = element("dialog", "short");
  dialog.setAttribute("aria-label", found.title);
  dialog.innerHTML = found.html;
  document.body.append(dialog);
  startFields(dialog);
  return new Promise((resolve) => new QuickForm(dialog, address, resolve));
}

class QuickForm {
  constructor(dialog, address, resolve) {
    Object.assign(this, { dialog, address, made: null });
    this.form = dialog.querySelector("form");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(false);
    });
    this.form.addEventListener("input", (event) => refuse(event.target, ""));
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(this.made);
    });
    dialog.showModal();
    this.begin();
  }

  /** Goes to the first field that still needs a value, else to the name. */
  begin() {
    const controls = [...this.form.querySelectorAll(".field [name]")];
    const empty = controls.find((control) => control.required && !control.value);
    goTo(empty ?? this.form.querySelector("[data-title]") ?? controls[0]);
  }

  async send(anyway) {
    if (this.isSending) return;
    this.isSending = true;
    const body = new URLSearchParams(new FormData(this.form));
    if (anyway) body.set("anyway", "1");
    const { found, refused } = await answerOf(this.address, { method: "POST", body });
    this.isSending = false;
    if (found) this.take(found);
    else this.show(refused);
  }

  take(item) {
    this.made = item;
    this.dialog.close();
  }

  /** Shows every reason beside its field; what belongs to none, and rows that exist already, stand above the fields. */
  show(refused) {
    const box = this.dialog.querySelector("[data-refused]");
    const rest = [];
    let first;
    for (const reason of refused.reasons ?? []) {
      const control = this.form.elements.namedItem((reason.field ?? "").replace(/_$/, "") || " ");
      if (control && refuse(control, reason.message)) first ??= control;
      else rest.push(element("div", "", reason.message));
    }
    if (!rest.length && !first) rest.push(element("div", "", refused.message));
    const alike = (refused.alike ?? []).map((item) => this.offer(item));
    box.replaceChildren();
    if (rest.length || alike.length) {
      const isDoubtful = refused.code === "near_duplicate";
      const note = element("div", `note ${isDoubtful ? "wait" : "stop"}`, element("div", "grow", ...rest, ...alike));
      if (isDoubtful) note.firstChild.append(this.button(texts.anyway, () => this.send(true)));
      box.append(note);
    }
    if (first) goTo(first);
    else box.querySelector("button")?.focus();
  }

  /** Offers a row that exists already, to be taken instead. */
  offer(item) {
    const told = element("span", "grow", item.text, " ", element("span", "mut", item.hint ?? ""));
    return element("div", "alike", told, this.button(texts.take, () => this.take(item)));
  }

  button(text, act) {
    const made = element("button", "btn", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }
}
