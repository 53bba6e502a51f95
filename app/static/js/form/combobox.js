// The type-ahead of every page: type to search, arrows to move, Enter to pick, Escape to close. One list is open at a
// time, under the input that is typed into. Keys that come before the answer are remembered, so that fast typing loses
// none; a search that failed says so and never reads as “nothing found”. docs/decisions/0004-document-form.md

import { texts } from "../frame/texts.js";

const PAUSE = 110; // Milliseconds without a key before the server is asked.
let serial = 0;

function element(tag, classes, ...content) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.append(...content);
  return made;
}

export { element };

/** Says why a search failed, in words for the person; a fetch that reaches nobody fails with a TypeError. */
const failureOf = (error) => (error instanceof TypeError || !error?.message ? texts.offline : error.message);

export class Combobox {
  /**
   * source(query, signal) → Promise of items; it is rejected with an error whose message says why the search failed
   * draw(item) → nodes of one row
   * text(item)             what stands in the input once the item is picked
   * picked(item, {moved})  called with the item; `moved` says that the person has gone on already
   * sure(items, query)     the item that a remembered Enter may take unseen, or undefined
   * missed(items, query)   called when a remembered Enter found nothing certain
   * failed(text)           called when the search after a remembered Enter failed
   * undecided(query)       called when the input is left with a text that picked nothing
   * emptied()              called when the input is left empty
   * hurriedOn()            called when Enter came before the answer: where the person goes on
   * more(query)            {text, act} of an entry below all that was found, {text} of a remark, or undefined
   * anchor                 the element that the list stands under, if not the input; `width` is the list's least width
   * goesOn                 whether Tab on a row only picks it, because `picked` moves the focus
   * arrows: false          leaves arrow keys in a closed list to somebody else
   */
  constructor(input, options) {
    Object.assign(this, { input, anchor: input, ...options });
    this.items = [];
    this.active = -1;
    this.turn = 0;
    this.steps = 0; // Rows that arrow keys moved on before the list came.
    this.chosenText = input.value;
    this.query = null; // What was typed and is not yet decided by a pick.
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("input", (event) => event.isComposing || this.typed());
    input.addEventListener("compositionend", () => this.typed()); // An input method asks once, when it is done.
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("focus", () => {
      this.isAway = false;
      input.select();
    });
    input.addEventListener("blur", () => this.left());
    input.addEventListener("click", () => this.isOpen || this.browse());
  }

  get isOpen() {
    return this.list !== undefined;
  }

  /** Tells whether a text was typed that has picked nothing yet. */
  get isUndecided() {
    return this.query !== null && this.query.trim() !== "";
  }

  /** Shows this text as chosen; what was typed is forgotten. */
  show(text) {
    this.chosenText = text;
    this.query = null;
    this.input.value = text;
    this.close();
  }

  typed() {
    this.stopAsking();
    this.query = this.input.value;
    this.asking = true;
    this.timer = setTimeout(() => this.ask(this.query), PAUSE);
    if (this.list) this.list.dataset.stale = "";
  }

  browse() {
    if (this.input.readOnly || this.input.disabled) return;
    this.ask(this.query ?? "");
  }

  /** Drops an answer that is still under way. */
  stopAsking() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.request?.abort();
    this.asking = false;
    this.hurried = undefined;
    this.steps = 0;
    this.input.removeAttribute("aria-busy");
  }

  async ask(query) {
    const turn = ++this.turn;
    this.request?.abort();
    this.request = new AbortController();
    this.asking = true;
    this.input.setAttribute("aria-busy", "true");
    let items = [];
    let failure;
    try {
      items = await this.source(query, this.request.signal);
    } catch (error) {
      failure = failureOf(error);
    }
    if (turn !== this.turn) return;
    this.asking = false;
    this.input.removeAttribute("aria-busy");
    if (this.hurried !== undefined) this.catchUp(items, query, failure);
    else if (document.activeElement === this.input) this.open(items, query, failure);
  }

  /** Takes what is certain when Enter came before the answer, else says what is wrong. */
  catchUp(items, query, failure) {
    this.hurried = undefined;
    const item = this.sure?.(items, query) ?? (items.length === 1 ? items[0] : undefined);
    if (item !== undefined) {
      this.show(this.text(item));
      this.picked(item, { moved: true });
      return;
    }
    if (failure) this.failed?.(failure);
    else this.missed?.(items, query);
    if (document.activeElement === this.input) this.open(items, query, failure);
  }

  open(items, query, failure) {
    this.close();
    const more = failure ? undefined : this.more?.(query.trim());
    this.items = more?.act ? [...items, more] : items;
    this.list = element("div", "pop found");
    this.list.id = `found-${++serial}`;
    this.list.setAttribute("role", this.items.length ? "listbox" : failure ? "alert" : "status");
    if (failure) this.list.append(element("div", "none failed", failure));
    else if (!items.length) this.list.append(element("div", "none", document.body.dataset.none ?? ""));
    this.items.forEach((item, position) => this.list.append(this.row(item, position)));
    if (more && !more.act) this.list.append(element("div", "none", more.text));
    (this.input.closest("dialog, .panel, main") ?? document.body).append(this.list);
    this.keepInPlace();
    this.input.setAttribute("aria-expanded", String(this.items.length > 0));
    if (this.items.length) this.input.setAttribute("aria-controls", this.list.id);
    this.moveToFirst(items, more, query);
  }

  /** Makes the first row active, moved on by arrow keys that came before the list; an emptied input picks none. */
  moveToFirst(items, more, query) {
    const isEmptied = this.query !== null && !this.isUndecided;
    const hasFirst = (items.length && !isEmptied) || (more?.act && query.trim());
    if (this.steps && this.items.length) this.moveBy(this.steps, 0);
    else this.move(hasFirst ? 0 : -1);
    this.steps = 0;
  }

  row(item, position) {
    const made = element("div", item.act ? "create" : "", ...(item.act ? [item.text] : this.draw(item)));
    made.id = `${this.list.id}-${position}`;
    made.setAttribute("role", "option");
    made.addEventListener("mousedown", (event) => event.preventDefault()); // The input keeps the focus.
    made.addEventListener("click", () => this.pick(item));
    made.addEventListener("pointermove", () => this.active === position || this.move(position));
    return made;
  }

  keepInPlace() {
    this.placing = new AbortController();
    const options = { capture: true, passive: true, signal: this.placing.signal };
    addEventListener("resize", () => this.place(), options);
    addEventListener("scroll", (event) => event.target === this.list || this.place(), options);
    this.place();
  }

  place() {
    const box = this.anchor.getBoundingClientRect();
    const wide = Math.min(Math.max(box.width, this.width ?? 0), document.documentElement.clientWidth - 16);
    const below = innerHeight - box.bottom - 12 - (document.querySelector(".foot")?.offsetHeight ?? 0);
    const isAbove = below < 180 && box.top > below;
    const { style } = this.list;
    style.width = `${wide}px`;
    style.maxHeight = `${Math.min(340, Math.max(isAbove ? box.top - 68 : below, 120))}px`;
    style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - wide - 8))}px`;
    style.top = `${isAbove ? box.top - 4 - this.list.offsetHeight : box.bottom + 4}px`;
  }

  moveBy(step, from = this.active) {
    const count = this.items.length;
    this.move((((from + step) % count) + count) % count);
  }

  move(position) {
    this.active = position;
    this.list.querySelectorAll("[role=option]").forEach((row, at) => {
      const on = at === position;
      row.classList.toggle("on", on);
      row.setAttribute("aria-selected", String(on));
      if (on) {
        this.input.setAttribute("aria-activedescendant", row.id);
        row.scrollIntoView({ block: "nearest" });
      }
    });
  }

  close() {
    clearTimeout(this.timer);
    this.placing?.abort();
    this.list?.remove();
    this.list = undefined;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.removeAttribute("aria-controls");
  }

  pick(item) {
    this.stopAsking();
    if (item.act) {
      this.close();
      this.isAway = true; // In a dialog, whose end decides.
      item.act();
      return;
    }
    this.show(this.text(item));
    this.picked(item, { moved: false });
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      this.arrow(key === "ArrowDown" ? 1 : -1, event);
    } else if (key === "Escape" && (this.isOpen || this.asking || this.query !== null)) {
      this.stopAsking();
      this.show(this.chosenText);
      this.input.select();
      this.consume(event);
    } else if (key === "Enter" && !event.shiftKey) {
      this.enter(event);
    } else if (key === "Tab" && this.isOpen && this.active >= 0 && this.isUndecided && !this.items[this.active].act) {
      this.pick(this.items[this.active]);
      if (this.goesOn) event.preventDefault();
    }
  }

  /** Opens a closed list, down at its first row, up at its last; while the list is fetched steps are counted. */
  arrow(step, event) {
    if (!this.isOpen && this.arrows === false) return;
    if (this.asking) {
      this.steps += step;
    } else if (this.isOpen && this.items.length) {
      this.moveBy(step, this.active < 0 && step < 0 ? 0 : this.active);
    } else {
      this.steps = Math.min(step, 0);
      this.browse();
    }
    this.consume(event);
  }

  enter(event) {
    if (this.isUndecided && this.asking) {
      clearTimeout(this.timer);
      this.hurried = this.query;
      this.catchingUp = this.ask(this.query);
      this.hurriedOn?.();
      this.consume(event);
    } else if (this.isOpen && this.active >= 0) {
      this.pick(this.items[this.active]);
      this.consume(event);
    } else if (this.isUndecided) {
      this.browse();
      this.consume(event);
    }
  }

  consume(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  /** Leaves a half typed text in the input, marked by the owner, unless Enter already decided. */
  left() {
    this.close();
    if (this.hurried !== undefined || this.isAway) return;
    this.stopAsking();
    if (this.isUndecided) this.undecided?.(this.query);
    else this.settleEmpty();
  }

  /** Picks nothing for an input that was emptied. */
  settleEmpty() {
    if (this.query === null || this.isUndecided) return;
    this.query = null;
    if (this.emptied) this.emptied();
    else this.show(this.chosenText);
  }
}
