// Type to search, arrows to move, Enter to pick. One list per page, under whichever input is being typed in.
// Enter before the answer has come is remembered, so that fast typing loses no key. docs/decisions/0004-line-grid.md

const WAIT = 110; // ms without a key before asking
let serial = 0;

function element(tag, classes, ...content) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  made.append(...content);
  return made;
}

export { element };

export class Combobox {
  /**
   * source(query, signal) → Promise of items     draw(item) → nodes of one row
   * picked(item, {moved})  called with the item; `moved` says that the person has gone on already
   * missed()               called when a remembered Enter found nothing certain
   * sure(items, query)     the item that a remembered Enter may take unseen, or undefined
   * text(item)             what stands in the input afterwards
   * more(query)            {text, act} of an entry below all that was found, {text} of a remark, or undefined
   */
  constructor(input, options) {
    Object.assign(this, { input, ...options });
    this.items = [];
    this.active = -1;
    this.turn = 0;
    this.kept = input.value;
    this.query = null; // typed and not yet answered by a pick
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("input", (event) => event.isComposing || this.typed());
    input.addEventListener("compositionend", () => this.typed()); // an input method asks once, when it is done
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

  /** Show this text as chosen; what was typed is forgotten. */
  show(text) {
    this.kept = text;
    this.query = null;
    this.input.value = text;
    this.close();
  }

  typed() {
    this.query = this.input.value;
    this.turn += 1; // an answer still on its way is no answer to this
    this.request?.abort();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.query), WAIT);
    this.asking = true;
    if (this.list) this.list.dataset.stale = "";
  }

  browse() {
    if (this.input.readOnly || this.input.disabled) return;
    this.ask(this.query ?? "");
  }

  async ask(query) {
    const turn = ++this.turn;
    this.request?.abort();
    this.request = new AbortController();
    this.asking = true;
    this.input.setAttribute("aria-busy", "true");
    let items = [];
    try {
      items = await this.source(query, this.request.signal);
    } catch (error) {
      if (turn !== this.turn) return;
      items = [];
    }
    if (turn !== this.turn) return;
    this.asking = false;
    this.input.removeAttribute("aria-busy");
    if (this.hurried !== undefined) this.catchUp(items, query);
    else if (document.activeElement === this.input) this.open(items, query);
  }

  /** Enter came first: take what is certain, else ask the person to come back. */
  catchUp(items, query) {
    this.hurried = undefined;
    const item = this.sure?.(items, query) ?? (items.length === 1 ? items[0] : undefined);
    if (item !== undefined) {
      this.show(this.text(item));
      this.picked(item, { moved: true });
    } else {
      this.missed?.(items, query);
      if (document.activeElement === this.input) this.open(items, query);
    }
  }

  open(items, query) {
    this.close();
    const more = this.more?.(query.trim());
    this.items = more?.act ? [...items, more] : items;
    this.list = element("div", "pop found");
    this.list.id = `found-${++serial}`;
    this.list.setAttribute("role", "listbox");
    if (!items.length) this.list.append(element("div", "none", document.body.dataset.none ?? ""));
    this.items.forEach((item, position) => this.list.append(this.row(item, position)));
    if (more && !more.act) this.list.append(element("div", "none", more.text));
    (this.input.closest("dialog, main") ?? document.body).append(this.list);
    this.place();
    this.input.setAttribute("aria-expanded", "true");
    this.input.setAttribute("aria-controls", this.list.id);
    this.move(items.length || (more?.act && query.trim()) ? 0 : -1);
  }

  row(item, position) {
    const made = element("div", item.act ? "create" : "", ...(item.act ? [item.text] : this.draw(item)));
    made.id = `${this.list.id}-${position}`;
    made.setAttribute("role", "option");
    made.addEventListener("mousedown", (event) => event.preventDefault()); // the input keeps the focus
    made.addEventListener("click", () => this.pick(item));
    made.addEventListener("pointermove", () => this.active === position || this.move(position));
    return made;
  }

  place() {
    const around = this.list.offsetParent?.getBoundingClientRect() ?? { left: 0, top: 0 };
    const box = this.input.getBoundingClientRect();
    const wide = Math.min(Math.max(box.width, this.width ?? 0), document.documentElement.clientWidth - 16);
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - wide - 8));
    this.list.style.width = `${wide}px`;
    const below = innerHeight - box.bottom - 12 - (document.querySelector(".foot")?.offsetHeight ?? 0);
    const isAbove = below < 180 && box.top > below;
    this.list.style.maxHeight = `${Math.min(340, Math.max(isAbove ? box.top - 68 : below, 120))}px`;
    this.list.style.left = `${left - around.left}px`;
    this.list.style.top = `${(isAbove ? box.top - 4 - this.list.offsetHeight : box.bottom + 4) - around.top}px`;
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
    this.list?.remove();
    this.list = undefined;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.removeAttribute("aria-controls");
  }

  pick(item) {
    this.turn += 1;
    this.asking = false;
    if (item.act) {
      this.close();
      this.isAway = true; // in a dialog: coming back decides
      item.act();
      return;
    }
    this.show(this.text(item));
    this.picked(item, { moved: false });
  }

  /** Whether Enter has something to do here; if not, the grid or form moves on. */
  get isUndecided() {
    return this.query !== null && this.query.trim() !== "";
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!this.isOpen) {
        if (key === "ArrowUp" || this.arrows === false) return;
        this.browse();
      } else if (this.items.length) {
        const step = key === "ArrowDown" ? 1 : -1;
        this.move((this.active + step + this.items.length) % this.items.length);
      }
      this.taken(event);
    } else if (key === "Escape" && (this.isOpen || this.query !== null)) {
      this.turn += 1;
      this.show(this.kept);
      this.input.select();
      this.taken(event);
    } else if (key === "Enter" && !event.shiftKey) {
      this.enter(event);
    } else if (key === "Tab" && this.isOpen && this.active >= 0 && this.isUndecided && !this.items[this.active].act) {
      this.pick(this.items[this.active]);
      if (this.goesOn) event.preventDefault();
    }
  }

  enter(event) {
    if (this.isUndecided && this.asking) {
      this.hurried = this.query;
      clearTimeout(this.timer);
      this.ask(this.query);
      this.hurriedOn?.();
      this.taken(event);
    } else if (this.isOpen && this.active >= 0) {
      this.pick(this.items[this.active]);
      this.taken(event);
    } else if (this.isUndecided) {
      this.browse();
      this.taken(event);
    }
  }

  taken(event) {
    event.preventDefault();
    event.stopPropagation();
  }

  /** Going elsewhere with something half typed: it stays, marked by the owner, unless Enter already decided. */
  left() {
    this.close();
    if (this.hurried !== undefined || this.isAway) return;
    this.turn += 1;
    this.request?.abort();
    this.asking = false;
    if (this.query !== null && this.query.trim() === "") {
      this.query = null;
      if (this.emptied) this.emptied();
      else this.show(this.kept);
    } else if (this.query !== null) {
      this.undecided?.(this.query);
    }
  }
}
