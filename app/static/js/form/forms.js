// Forms of every page have pickers, dates and drafts, lead to what is wrong, and ask before they are left.

import { startCaret } from "./caret.js";
import { putBack, valueOf } from "./controls.js";
import { settleDays } from "./days.js";
import { Drafts, forgetAll, offerDrafts, sayPutBack, wireCancel } from "./drafts.js";
import { startFields } from "./fields.js";
import { mayBeSent, startPicker } from "./picker.js";
import { goTo, refuse, visibleControl } from "./refusals.js";
import { filled, texts } from "../frame/texts.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const hasKeyboard = matchMedia("(hover: hover)").matches;

const KEYLESS = new Set(["hidden", "password", "file", "submit", "button"]);

class RecordForm {
  constructor(form) {
    this.form = form;
    this.isTouched = false;
    this.isRefused = form.hasAttribute("data-refused");
    this.before = JSON.stringify(this.values());
    this.drafts = form.dataset.keep ? this.startDrafts() : undefined;
    startFields(form);
    if (this.isRefused) this.goOn();
    else if (this.drafts) this.offer();
    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", () => this.touched());
    form.addEventListener("submit", () => this.drafts?.sent(), true); // What is sent is what is kept.
    addEventListener("beforeunload", (event) => this.mayLeave() || event.preventDefault());
    all("[data-fault]", form).forEach((link) => link.addEventListener("click", (event) => this.follow(event, link)));
    if (hasKeyboard || this.isRefused) this.begin();
  }

  // Drafts

  startDrafts() {
    const { form } = this;
    const field = (name) => form.elements.namedItem(name)?.value ?? null;
    const drafts = new Drafts({
      scope: `${form.dataset.keep} ${location.pathname}${location.search}`,
      version: field("version"),
      token: field("form_token"),
      content: () => (this.isChanged ? { values: this.values() } : null),
    });
    wireCancel(form, drafts, () => this.isTouched && this.isChanged);
    return drafts;
  }

  get controls() {
    return [...this.form.elements].filter((control) => control.name && !KEYLESS.has(control.type));
  }

  /** Returns values by name; several boxes of one name are told apart by their values. */
  values() {
    return Object.fromEntries(this.controls.map((control) => [keyOf(control), valueOf(control)]));
  }

  get isChanged() {
    return JSON.stringify(this.values()) !== this.before;
  }

  /** Treats what stands in a refused form as typed, not saved. */
  goOn() {
    this.before = "";
    this.drafts?.adopt();
    this.touched();
  }

  async offer() {
    offerDrafts(this.drafts, await this.drafts.others(), this.form.querySelector(".head"), (draft, at) => {
      for (const control of this.controls) {
        if (keyOf(control) in draft.values) putBack(control, draft.values[keyOf(control)]);
      }
      sayPutBack(this.drafts, at, this.form.querySelector(".head"));
      this.touched();
    });
  }

  /** Goes to the first refused field, else to the first field; a summary that belongs to no field is read out. */
  begin() {
    const wrong = this.form.querySelector('[aria-invalid="true"]');
    const first = wrong ?? this.form.querySelector(".field input:not([type=hidden]), .field select, .field textarea");
    const summary = document.getElementById("faults");
    if (wrong) goTo(wrong);
    else if (summary) summary.focus();
    else if (first) visibleControl(first).focus();
  }

  follow(event, link) {
    const control = document.getElementById(link.dataset.fault);
    if (!control) return;
    event.preventDefault();
    goTo(control);
  }

  typed(control) {
    if (control.hasAttribute("aria-invalid")) refuse(control, "");
    this.touched();
  }

  touched() {
    this.isTouched = true;
    this.drafts?.soon((at) => this.sayKept(at));
  }

  /** Tells whether the page may be left without asking: what the browser holds as a draft is not lost. */
  mayLeave() {
    if (this.form.dataset.sent === "elsewhere") this.drafts?.end();
    if (this.form.dataset.sent || !this.isTouched) return true;
    return this.drafts ? !this.drafts.isPending || this.drafts.isOver : false;
  }

  sayKept(at) {
    const box = this.form.querySelector("[data-kept]");
    if (box) box.textContent = ` · ${filled(texts.keptAt, { at })}`;
  }
}

function keyOf(control) {
  return control.type === "checkbox" ? `${control.name}=${control.value}` : control.name;
}

/** Prepares a form that is sent: pickers are settled first, then dates are read. */
function settle(event) {
  if (mayBeSent(event.target, event.submitter)) {
    settleDays(event.target);
  } else {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

function startOthers() {
  for (const form of all("form:not([data-save], [data-own-fields])")) {
    if (!form.closest("dialog:not([open]), details:not([open])")) startFields(form);
  }
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) startFields(document.getElementById(opener.dataset.dialog));
  });
  document.addEventListener("toggle", (event) => {
    const isOpened = event.target.open && event.target.matches("details");
    if (isOpened) all("select[data-pick]", event.target).forEach(startPicker);
  }, true);
  document.addEventListener("submit", settle, true);
  const who = document.querySelector("[data-bell]")?.dataset.who.split(" ")[0];
  for (const form of all('form[action="/logout/"]')) form.addEventListener("submit", () => forgetAll(who));
}

startCaret();
for (const form of all("form[data-save]")) new RecordForm(form);
startOthers();
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const asked = document.querySelector("dialog[open] form:not([method=dialog])");
  const form = asked ?? document.querySelector("form[data-save]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.requestSubmit();
}, true);
