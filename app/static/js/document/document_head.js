// The head of a document has its party and what the party brings; Enter leads from field to field.

import { Combobox, element } from "../form/combobox.js";
import { putBack, valueOf as keptValue } from "../form/controls.js";
import { takeDays } from "../form/days.js";
import { startFields } from "../form/fields.js";
import { openQuick } from "../form/quick.js";
import { goTo, refuse as refuseControl, visibleControl } from "../form/refusals.js";
import { filled, texts as general } from "../frame/texts.js";

function valueOf(control) {
  if (control.type === "checkbox") return control.checked ? "1" : "";
  return control.multiple ? [...control.selectedOptions].map((option) => option.value) : control.value;
}

/** Puts a value into a control, also into a picker, whose rows are fetched while one types. */
function put(control, value, text = value) {
  if (control.type === "checkbox") control.checked = Boolean(value);
  else if (control.tagName === "SELECT" && value && ![...control.options].some((option) => option.value === value)) {
    if (!control.dataset.pick) return false;
    control.append(new Option(text, value));
  }
  if (control.multiple) for (const option of control.options) option.selected = value.includes(option.value);
  else if (control.type !== "checkbox") control.value = value;
  control.picker?.draw();
  return true;
}

const isMissing = (control) => (control.required || "required" in control.dataset) && !control.value.trim();

/** Returns what stands in a control, as a person reads it. */
function shown(control) {
  if (control.tagName !== "SELECT") return control.type === "checkbox" ? "" : control.value;
  return [...control.selectedOptions].map((option) => option.text).join("、");
}

export class DocumentHead {
  /**
   * setup            what the page begins with
   * ask, note        as in document.js
   * lines            what Enter leads to behind the last field that is open
   * touched()        called after anything is typed; chosen() once there is a party, brought() once it has brought
   *                  what it brings
   */
  constructor(form, { setup, ask, note, lines, touched, chosen, brought }) {
    Object.assign(this, { form, setup, ask, note, lines, touched, chosen, brought, texts: setup.texts });
    this.partyName = setup.party?.name;
    this.input = setup.party && document.getElementById(`f-${this.partyName}`);
    this.isOpen = Boolean(this.input && !this.input.disabled);
    for (const control of this.controls) control.dataset.prefilled = valueOf(control);
    if (this.isOpen) this.search = this.partySearch();
    this.wire();
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  get controls() {
    return [...this.form.querySelectorAll("[data-head]")];
  }

  values() {
    return Object.fromEntries(this.controls.map((control) => [control.name, valueOf(control)]));
  }

  /** Returns what a draft holds: the values with the names of what is chosen. */
  kept() {
    const typed = this.controls.filter((control) => control.name !== this.partyName);
    return Object.fromEntries(typed.map((control) => [control.name, keptValue(control)]));
  }

  putBack(values, party, name) {
    for (const control of this.controls) if (control.name in values) putBack(control, values[control.name]);
    if (this.isOpen) {
      this.field(this.partyName).value = party;
      this.search.show(name);
      this.showName();
    }
    this.summarise();
  }

  /** Returns the party of the document, for what is remembered of each party. */
  party() {
    const value = this.partyName ? this.field(this.partyName).value : "";
    return { value, key: `${this.setup.who} ${value}`, name: (value && this.input.value) || this.texts.thisForm };
  }

  /** Returns what prices and stock depend on, by the names of the fields. */
  circumstances() {
    return Object.fromEntries(this.setup.asks.map((name) => [name, this.field(name)?.value ?? ""]));
  }

  /** Goes on after Enter: to the next required field that is empty, else to the lines. */
  goOn(from) {
    const stops = [...this.form.querySelectorAll("[data-visit]")];
    const isSeen = (control) => visibleControl(control).checkVisibility();
    const next = stops.slice(stops.indexOf(from) + 1).find((control) => isMissing(control) && isSeen(control));
    if (next) visibleControl(next).focus();
    else this.lines.focus(this.lines.lines.find((line) => !line.product) ?? this.lines.lines.at(-1));
  }

  refuse(name, text) {
    return refuseControl(name === this.partyName ? this.input : this.field(name), text);
  }

  // The party

  partySearch() {
    return new Combobox(this.input, {
      width: 380,
      goesOn: true,
      source: (q, signal) => this.ask(`${this.setup.party.pick}?${new URLSearchParams({ q })}`, undefined, signal),
      draw: (item) => [element("b", "", item.text), element("span", "mut", item.hint)],
      text: (item) => item.text,
      sure: (items, query) => items.find((item) => item.text === query.trim()),
      more: (query) => this.newParty(query),
      picked: (item) => this.takeParty(item),
      missed: () => this.refuse(this.partyName, this.texts.choose),
      failed: (text) => this.refuse(this.partyName, text),
      undecided: () => this.refuse(this.partyName, this.texts.choose),
      emptied: () => {
        this.field(this.partyName).value = "";
        this.search.show("");
        this.showName();
      },
    });
  }

  takeParty(item) {
    const key = this.field(this.partyName);
    key.value = item.id;
    key.dispatchEvent(new Event("change", { bubbles: true }));
    this.refuse(this.partyName, "");
    this.showName();
    this.touched();
    this.chosen();
    this.askParty(item.id);
    this.goOn(this.input);
  }

  async askParty(id) {
    try {
      await this.takeBrought(await this.ask(`party?${new URLSearchParams({ id })}`));
    } catch (error) {
      this.note(error.message ?? this.texts.offline);
    }
  }

  /** Puts what the party brings into every field that nobody has filled in otherwise. */
  async takeBrought({ note, values, options }) {
    for (const [name, rows] of Object.entries(options)) {
      const list = this.field(name);
      list?.replaceChildren(new Option("", ""), ...rows.map(([key, text]) => new Option(text, key)));
    }
    for (const [name, value] of Object.entries(values)) {
      const control = this.field(name);
      if (!control) continue;
      const isOwn = control.value && control.value !== control.dataset.prefilled && !(name in options);
      if (!isOwn && put(control, value)) control.dataset.prefilled = value;
    }
    document.getElementById("party-note").textContent = note;
    this.summarise();
    await this.brought();
  }

  /** Names the page by its party, as the document will be named. */
  showName() {
    this.form.querySelector("[data-party]").textContent = this.field(this.partyName).value ? this.input.value : "";
  }

  /** Adds the last entry of the search list, which makes a missing party. */
  newParty(query) {
    if (!this.setup.party.new) return undefined;
    const { to, one } = this.setup.party.new;
    const act = async () => {
      const item = await openQuick(to, query);
      if (!item) {
        this.input.focus();
        return;
      }
      this.search.show(item.text);
      this.takeParty(item);
    };
    return { text: filled(query ? general.newNamed : general.newOne, { what: one, text: query }), act };
  }

  /** Lets a missing row that belongs to the party be made beside its list, for the party chosen. */
  wireDependent(list) {
    const button = element("button", "lk lab-act", filled(general.newOne, { what: list.dataset.addsOne }));
    button.type = "button";
    button.addEventListener("click", async () => {
      const party = this.field(this.partyName).value;
      if (!party) {
        this.refuse(this.partyName, this.texts.choose);
        goTo(this.input);
        return;
      }
      const item = await openQuick(list.dataset.adds, "", { [this.partyName]: party });
      if (item) {
        await this.askParty(party);
        const isListed = [...list.options].some((option) => option.value === String(item.id));
        if (!isListed) list.append(new Option(item.text, item.id));
        list.value = item.id;
        this.touched();
        this.goOn(list);
      } else {
        button.focus();
      }
    });
    list.closest(".field").append(button);
  }

  // Everything else

  wire() {
    const { form } = this;
    for (const list of form.querySelectorAll("select[data-list-adds]")) this.wireDependent(list);
    form.addEventListener("keydown", (event) => {
      const target = event.target.closest(".picker")?.previousElementSibling ?? event.target;
      if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (!target.matches("[data-visit]") || target.tagName === "TEXTAREA") return;
      event.preventDefault();
      target.dispatchEvent(new Event("change", { bubbles: true }));
      this.goOn(target);
    });
    for (const kind of ["input", "change"]) {
      form.addEventListener(kind, (event) => {
        if (!event.target.matches("[data-head]")) return;
        if (kind === "input") refuseControl(event.target, "");
        this.summarise();
        this.touched();
      });
    }
    takeDays(form, (input) => {
      const from = this.field(this.setup.countsFrom[input.name])?.value;
      return from ? new Date(`${from}T00:00`) : new Date();
    });
    // Behind the days: a day is asked for as it is written in full.
    const others = this.setup.asks.filter((name) => name !== this.partyName);
    for (const name of others) this.field(name)?.addEventListener("change", () => this.brought());
    startFields(form);
    this.summarise();
  }

  /** Writes in one line what stands in a folded section. */
  summarise() {
    for (const folded of this.form.querySelectorAll("details.folded")) {
      const texts = [...folded.querySelectorAll("[data-head]")].map(shown).filter((text) => text.trim());
      folded.querySelector("[data-summary]").textContent = texts.join("，") || this.texts.nothing;
    }
  }

  // What is missing

  get pickers() {
    return this.controls.map((control) => control.picker).filter(Boolean);
  }

  /** Waits until every row that was picked in a hurry is found, or is known not to be. */
  async settled() {
    for (const { search } of this.pickers) search.settleEmpty();
    const searches = [...this.pickers.map(({ search }) => search), ...(this.search ? [this.search] : [])];
    await Promise.all(searches.filter(({ hurried }) => hurried !== undefined).map((search) => search.catchingUp));
  }

  labelOf(control) {
    return control.closest(".field").querySelector(".lab").firstChild.textContent.trim();
  }

  /** Returns what can be found without asking the server: {label, text, control}, each beside its field. */
  faults() {
    const found = [];
    const fault = (control, text) => {
      const label = this.labelOf(control);
      const said = filled(text, { field: label });
      refuseControl(control, said);
      found.push({ label, text: said, control });
    };
    for (const control of this.form.querySelectorAll("[data-visit]")) {
      if (control === this.input) {
        if (this.search.isUndecided) fault(control, this.texts.choose);
        else if (!this.field(this.partyName).value) fault(control, this.texts.required);
      } else if (control.picker?.search.isUndecided) {
        fault(control, this.texts.choose);
      } else if (isMissing(control)) {
        fault(control, this.texts.required);
      }
    }
    return found;
  }

  /** Shows the server's refusal beside its field: {label, text, control}; undefined where there is no such field. */
  refused({ field: name, message }) {
    const control = name === this.partyName ? this.input : name && this.field(name);
    if (!control || !refuseControl(control, message)) return undefined;
    const fold = control.closest("details");
    if (fold) fold.open = true;
    return { label: this.labelOf(control), text: message, control };
  }
}
