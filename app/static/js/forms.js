// Forms on every page: pickers, dates, drafts, the way to what is wrong, and leaving only knowingly.

import { startCaret } from "./caret.js";
import { element } from "./combobox.js";
import { settleDays } from "./days.js";
import { Draft, forgetSaved } from "./draft.js";
import { startFields } from "./fields.js";
import { offerOlder } from "./kept.js";
import { mayBeSent, startPicker } from "./picker.js";
import { goTo, refuse, visibleControl } from "./refusals.js";
import { filled, texts } from "./texts.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const hasKeyboard = matchMedia("(hover: hover)").matches;

class RecordForm {
  constructor(form) {
    this.form = form;
    this.isTouched = false;
    this.isRefused = form.hasAttribute("data-refused");
    this.draft = form.dataset.keep ? new Draft(form) : undefined;
    if (this.draft && !this.isRefused) offerOlder(this.draft.kept, form.querySelector(".head"));
    const at = this.isRefused ? undefined : this.draft?.restore();
    startFields(form);
    if (at) this.sayRestored(at);
    if (this.isRefused && this.draft) this.draft.before = ""; // what stands here is typed, not saved
    if (this.isRefused) this.touched();
    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", () => this.touched());
    form.addEventListener("submit", () => this.draft?.kept.now(), true); // What is sent is what is kept.
    addEventListener("pagehide", () => this.gone());
    addEventListener("beforeunload", (event) => this.mayLeave() || event.preventDefault());
    all("[data-fault]", form).forEach((link) => link.addEventListener("click", (event) => this.follow(event, link)));
    if (hasKeyboard || this.isRefused) this.begin(Boolean(at));
  }

  /** The first field that was refused, else the first there is; a summary that belongs to no field is read out. */
  begin(isRestored) {
    const wrong = this.form.querySelector('[aria-invalid="true"]');
    const first = wrong ?? this.form.querySelector(".field input:not([type=hidden]), .field select, .field textarea");
    const summary = document.getElementById("faults");
    if (wrong) goTo(wrong);
    else if (summary) summary.focus();
    else if (first && !isRestored) {
      visibleControl(first).focus();
    }
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
    this.draft?.soon((at) => this.sayKept(at));
  }

  mayLeave() {
    if (this.form.dataset.sent || !this.isTouched || this.draft?.kept.isOver) return true;
    return this.draft ? !this.draft.isChanged && !this.isRefused : false;
  }

  gone() {
    if (this.form.dataset.sent === "elsewhere") this.draft?.kept.forget();
    else this.draft?.kept.atOnce();
  }

  sayKept(at) {
    const box = this.form.querySelector("[data-kept]");
    if (box) box.textContent = ` · ${filled(texts.keptAt, { at })}`;
  }

  sayRestored(at) {
    const forget = element("button", "lk", texts.discard);
    forget.type = "button";
    forget.addEventListener("click", () => {
      this.draft.kept.end();
      location.reload();
    });
    const note = element("div", "note restored", element("span", "", filled(texts.restored, { at })), " · ", forget);
    note.setAttribute("role", "status");
    this.form.querySelector(".head").after(note);
    this.isTouched = true;
  }
}

/** A form on its way out: pickers are settled first, then dates are read. */
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
    if (event.target.open && event.target.matches("details")) all("select[data-pick]", event.target).forEach(startPicker);
  }, true);
  document.addEventListener("submit", settle, true);
  for (const form of all('form[action="/logout/"]')) form.addEventListener("submit", () => sessionStorage.clear());
}

startCaret();
forgetSaved();
for (const form of all("form[data-save]")) new RecordForm(form);
startOthers();
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = document.querySelector("dialog[open] form:not([method=dialog])") ?? document.querySelector("form[data-save]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  form.requestSubmit();
}, true);
