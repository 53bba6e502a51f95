// A picker is an input that asks the server while one types. A hidden select holds what is picked, and its value is
// what the form sends.

import { answerOf } from "../frame/answers.js";
import { Combobox, element } from "./combobox.js";
import { icon } from "../frame/icon.js";
import { openQuick } from "./quick.js";
import { goOnAfter, goTo, refuse } from "./refusals.js";
import { filled, texts } from "../frame/texts.js";

const LEAST_WIDTH = 340; // A company's name and its number in one line.
const TOLD = ["id", "aria-invalid", "aria-describedby", "aria-label"]; // What the select hands over to the input.

function quietButton(label, act) {
  const button = Object.assign(element("button", "clear", icon("x")), { type: "button", tabIndex: -1, title: label });
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

class Picker {
  constructor(select) {
    this.select = select;
    this.input = element("input", select.multiple ? "" : "form-control");
    this.clearing = quietButton(texts.clear, () => this.clear());
    this.box = element("span", select.multiple ? "picker many form-control" : "picker", this.input, this.clearing);
    this.takeOver();
    this.search = new Combobox(this.input, {
      anchor: this.box,
      width: LEAST_WIDTH,
      source: (query, signal) => this.find(query, signal),
      draw: (item) => [element("span", "", item.text), element("span", "mut r", item.hint ?? "")],
      text: (item) => (select.multiple ? "" : item.text),
      sure: (items, query) => items.find((item) => item.text === query.trim()),
      picked: (item) => this.take(item),
      missed: () => this.refuseUnseen(texts.choose),
      failed: (text) => this.refuseUnseen(text),
      undecided: () => refuse(select, texts.choose),
      emptied: () => (select.multiple ? this.draw() : this.clear()),
      more: (query) => this.missing(query),
    });
    this.input.addEventListener("keydown", (event) => this.removeLast(event));
    this.other?.addEventListener("change", () => this.clear());
    this.draw();
  }

  /** Puts the input where the select stood, with its label, its state and its errors. */
  takeOver() {
    const { select, input } = this;
    for (const name of TOLD.filter((told) => select.hasAttribute(told))) {
      input.setAttribute(name, select.getAttribute(name));
      select.removeAttribute(name);
    }
    if (select.hasAttribute("data-required")) input.setAttribute("aria-required", "true");
    input.disabled = select.disabled;
    select.hidden = true;
    select.picker = this;
    select.after(this.box);
  }

  /** Returns the field that narrows this one: the customer of a contact. */
  get other() {
    const { depends } = this.select.dataset;
    return depends ? this.select.form?.elements[depends] : undefined;
  }

  /** Returns what narrows the search, and what a new row is preset with. */
  get known() {
    const value = this.other?.value;
    return value ? { [this.select.dataset.depends]: value } : {};
  }

  get chosen() {
    return [...this.select.selectedOptions].filter((option) => option.value);
  }

  async find(query, signal) {
    const address = new URL(this.select.dataset.pick, location.origin);
    for (const [name, value] of Object.entries({ q: query, ...this.known })) address.searchParams.set(name, value);
    const { found, refused } = await answerOf(address, { signal });
    if (refused) throw new Error(refused.message);
    const taken = new Set(this.select.multiple ? this.chosen.map((option) => option.value) : []);
    return found.filter((item) => !taken.has(String(item.id)));
  }

  /** Adds the last entry, which makes what is missing. */
  missing(query) {
    const { adds, addsOne } = this.select.dataset;
    if (!adds) return undefined;
    const text = filled(query ? texts.newNamed : texts.newOne, { what: addsOne, text: query });
    return { text, act: () => this.makeNew(adds, query) };
  }

  async makeNew(address, query) {
    const item = await openQuick(address, query, this.known);
    if (item) {
      this.take(item);
      goOnAfter(this.select);
    } else {
      this.input.focus();
    }
  }

  take(item) {
    const key = String(item.id);
    let option = [...this.select.options].find((known) => known.value === key);
    if (!option) this.select.append((option = new Option(item.text, key)));
    option.selected = true;
    this.changed();
  }

  clear() {
    if (this.chosen.length) {
      for (const option of this.chosen) option.selected = false;
      if (!this.select.multiple) this.select.value = "";
      this.changed();
    } else {
      this.draw();
    }
  }

  remove(option) {
    option.selected = false;
    this.changed();
    this.input.focus();
  }

  /** Takes the last chosen row away on Backspace in the empty input. */
  removeLast(event) {
    const last = this.select.multiple && event.key === "Backspace" && !this.input.value && this.chosen.at(-1);
    if (!last) return;
    event.preventDefault();
    this.remove(last);
  }

  changed() {
    refuse(this.select, "");
    this.draw();
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const { chosen, select } = this;
    this.clearing.hidden = select.multiple || !chosen.length;
    this.search.show(select.multiple ? "" : (chosen[0]?.text ?? ""));
    if (!select.multiple) return;
    this.box.querySelectorAll(".picked").forEach((old) => old.remove());
    for (const option of chosen) {
      const button = quietButton(`${texts.remove} ${option.text}`, () => this.remove(option));
      this.input.before(element("span", "picked", option.text, button));
    }
  }

  /** Shows a failure beside the control once the person has left it; until then the open list shows it. */
  refuseUnseen(text) {
    if (document.activeElement !== this.input) refuse(this.select, text);
  }
}

export function startPicker(select) {
  if (!select.picker) new Picker(select);
}

/**
 * Tells whether the pickers let their form be sent. What was picked in a hurry is waited for, and the form is sent
 * then; a text that picked nothing is refused.
 */
export function mayBeSent(form, submitter) {
  const pickers = [...form.elements].map((control) => control.picker).filter(Boolean);
  for (const { search } of pickers) search.settleEmpty();
  const waiting = pickers.filter(({ search }) => search.hurried !== undefined);
  const open = pickers.find(({ search }) => search.isUndecided);
  if (waiting.length) {
    Promise.all(waiting.map(({ search }) => search.catchingUp)).then(() => form.requestSubmit(submitter));
  } else if (open) {
    refuse(open.select, texts.choose);
    goTo(open.select);
  }
  return !waiting.length && !open;
}
