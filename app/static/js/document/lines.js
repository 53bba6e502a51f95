// The lines of a document have a row per product, keys and exact totals. docs/decisions/0004-document-form.md
// Enter goes on to the next cell and the next line; Tab visits the tax rate too. The columns come from the server.

import { element } from "../form/combobox.js";
import { takeDays } from "../form/days.js";
import { PRICE, QUANTITY, RATE, asWritten, money, plain, priceText, shares, taxIn, units } from "./exact.js";
import { FIGURES, columnsFor, isLong } from "./line_cells.js";
import { Line } from "./line.js";
import { rewrite } from "./line_prices.js";
import { PasteDialog } from "../paste/paste_dialog.js";
import { filled } from "../frame/texts.js";

export class Lines {
  /**
   * columns           the cells of a line, as the server describes them
   * ask(path, body?)  → JSON of the document's own addresses, "products" and "named" among them
   * circumstances()   → what prices and stock depend on, sent along with both: the values of some head fields
   * party()           → {key, name}: for whom the columns of pasted tables are remembered
   * direction         "sell" or "move", where there may be too few goods, "buy" or "count"
   * changed()         called after anything is typed; leave() when Enter is pressed on an empty last line
   * terms             the document's own: whether prices include tax, what is taken off the whole
   * newProduct        {to, one}: where a missing product is made, for who may make one
   */
  constructor(table, { columns, texts, ask, circumstances, party, direction, changed, leave, terms, newProduct }) {
    Object.assign(this, { table, columns, texts, ask, circumstances, party, leave, terms, newProduct });
    this.isLeaving = direction === "sell" || direction === "move";
    this.isSelling = direction === "sell";
    this.body = table.tBodies[0];
    const first = (kind) => columns.find((column) => column.kind === kind)?.name;
    this.named = first("product");
    this.counted = columns.find((column) => column.counts)?.name;
    this.priced = first("price");
    this.discounted = first("discount");
    this.rated = first("rate");
    this.long = columns.filter(isLong).map(({ name }) => name);
    this.remarked = this.long.find((name) => name === "remark"); // Every line that people write has one.
    this.rate = columns.find(({ kind }) => kind === "rate")?.options[0]?.[0] ?? "0";
    const isVisited = ({ kind }) => ["product", "text", "date"].includes(kind) || FIGURES.has(kind);
    this.visited = columns.filter(isVisited).map(({ name }) => name);
    this.changed = () => {
      this.total();
      changed();
    };
    this.wire();
  }

  wire() {
    const { table } = this;
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("paste", (event) => this.paste(event));
    table.addEventListener("input", () => { this.undoable = undefined; }); // Ctrl+Z is the typing's again.
    document.querySelector("[data-add-line]")?.addEventListener("click", () => this.focusEmpty());
    document.querySelector("[data-paste]")?.addEventListener("click", () => this.pasteByHand());
    this.terms.wire(this);
    new ResizeObserver(() => this.fit()).observe(table.parentElement);
    this.fit();
  }

  /** Makes columns as wide as there is room for; where there is too little, each line is a card. */
  fit() {
    const shown = this.columns.filter((column) => !isLong(column));
    const found = columnsFor(this.table.parentElement.clientWidth, shown);
    this.table.classList.toggle("is-cards", !found);
    this.table.classList.toggle("is-narrow", Boolean(found?.isNarrow));
    this.table.style.setProperty("--columns", found?.sizes ?? "none");
  }

  column(name) {
    return this.columns.find((column) => column.name === name);
  }

  /** Returns the cell that Enter leads to from this one; undefined behind the last. */
  after(name) {
    return this.visited[this.visited.indexOf(name) + 1];
  }

  get lines() {
    return [...this.body.rows].map((row) => row.line);
  }

  get filled() {
    return this.lines.filter((line) => !line.isBlank);
  }

  /** Waits until every product that was typed and left in a hurry is found, or is known not to be. */
  async settled() {
    const hurried = this.lines.map(({ search }) => search).filter((search) => search.hurried !== undefined);
    await Promise.all(hurried.map((search) => search.catchingUp));
  }

  /** Shows these lines and no others. */
  load(lines) {
    this.callPrices();
    this.body.replaceChildren();
    for (const line of lines) this.add().fill(line);
    if (!lines.length) this.add();
    this.total();
  }

  add(after = null) {
    const line = new Line(this);
    if (after) after.row.after(line.row);
    else this.body.append(line.row);
    takeDays(line.row);
    this.number();
    return line;
  }

  remove(line) {
    const at = this.lines.indexOf(line);
    const number = at + 1;
    line.search.close();
    line.row.remove();
    if (!this.body.rows.length) this.add();
    this.number();
    this.focus(this.lines[Math.min(at, this.lines.length - 1)]);
    this.changed();
    if (line.isBlank) return;
    const undo = () => this.bringBack(line, at);
    this.undoable = undo;
    const said = filled(this.texts.removed, { n: number, what: line.cells[this.named].value });
    window.Toast?.(said, "ok", { label: this.texts.undo, run: undo });
  }

  /** Puts a removed line back where it stood, with everything that was typed into it. */
  bringBack(line, at) {
    if (line.row.isConnected) return;
    const [only] = this.lines;
    if (this.lines.length === 1 && only.isBlank) only.row.remove();
    this.body.insertBefore(line.row, this.body.rows[at] ?? null);
    this.undoable = undefined;
    this.number();
    this.focus(line, this.after(this.named));
    this.changed();
  }

  /** Numbers the rows, and names them for screen readers. */
  number() {
    this.lines.forEach((line, at) => {
      line.row.querySelector("[data-no]").textContent = at + 1;
      for (const part of line.row.querySelectorAll("[aria-label]")) {
        part.dataset.label ??= part.getAttribute("aria-label");
        part.setAttribute("aria-label", filled(this.texts.row, { what: part.dataset.label, n: at + 1 }));
      }
    });
  }

  focus(line, name = this.named) {
    line.cells[name].focus();
  }

  focusEmpty() {
    const last = this.lines.at(-1);
    this.focus(last.isBlank ? last : this.add());
  }

  question(values) {
    return new URLSearchParams({ ...values, ...this.circumstances() });
  }

  search(query, signal) {
    return this.ask(`products?${this.question({ q: query })}`, undefined, signal);
  }

  drawProduct(item) {
    const model = element("span", "mut", [item.model, item.number].filter(Boolean).join(" · "));
    const right = element("span", "r mut");
    if (item.available !== null) {
      const available = units(item.available, QUANTITY);
      const tone = available <= 0n && this.isLeaving ? "red" : "";
      right.append(`${this.texts.available} `, element("span", tone, plain(available, QUANTITY, true)));
      const then = this.availableThen(item);
      if (then) right.append(" · ", then);
    }
    const price = item.price && `¥${this.priceText(item.price, units(this.rate, RATE))}`;
    if (price) right.append(item.available === null ? "" : " · ", price);
    return [element("b", "", item.name), model, right];
  }

  /** Returns a price of the server, which includes tax, as prices are written here. */
  priceText(text, rate) {
    return priceText(asWritten(units(text, PRICE), rate, this.terms.isNet), 2);
  }

  /** Returns what is available by the day the goods are needed, where purchases bring more until then. */
  availableThen({ available, available_then: later, then: day }) {
    const [now, more] = [available, later].map((one) => units(one ?? "", QUANTITY));
    if (!later || now === more) return "";
    return filled(this.texts.then, { n: plain(more, QUANTITY, true), day: day.slice(5) });
  }

  /** Asks anew for another party, warehouse or day: the same products have other stock and other prices. */
  async refresh() {
    const chosen = this.lines.filter((line) => line.product);
    if (!chosen.length) return;
    const ids = [...new Set(chosen.map((line) => line.product.id))].join(",");
    const found = await this.ask(`products?${this.question({ ids })}`);
    const known = new Map(found.map((product) => [product.id, product]));
    for (const line of chosen) line.renew(known.get(line.product?.id));
    this.changed();
  }

  /** Shows the sums: of the lines, what is taken off them, what remains and the tax in it. */
  total() {
    const priced = this.lines.filter(({ amount }) => amount !== null && amount !== undefined);
    const worth = priced.reduce((sum, line) => sum + line.amount, 0n);
    const parts = shares(this.terms.off, priced.map(({ amount }) => amount));
    const tax = priced.reduce((sum, line, at) => sum + taxIn(line.amount - parts[at], line.rate), 0n);
    const pieces = this.lines.reduce((sum, line) => sum + ((line.product && line.quantity) || 0n), 0n);
    this.sum = worth - this.terms.off;
    const count = filled(this.texts.lines, { n: this.filled.length });
    this.tellOdd();
    const several = filled(this.texts.pieces, { n: plain(pieces, QUANTITY, true) });
    for (const box of document.querySelectorAll("[data-worth]")) box.hidden = !this.terms.off;
    const shown = { worth: money(worth), total: money(this.sum), tax: money(tax), count, pieces: several };
    for (const [name, text] of Object.entries(shown)) {
      for (const box of document.querySelectorAll(`[data-lines-${name}]`)) box.textContent = text;
    }
  }

  /** Names the prices as they are meant: with tax or without. */
  callPrices() {
    const { label } = this.terms;
    if (!label) return;
    const column = this.column(this.priced);
    column.label = label;
    this.table.tHead.querySelector("th.price").textContent = label;
    for (const { cells } of this.lines) cells[this.priced].closest("td").dataset.l = label;
  }

  /** Follows the kind of prices: those that were filled in are written anew, typed ones stay as they are. */
  repriced() {
    this.callPrices();
    const kept = this.filled.filter((line) => !rewrite(line, { isNet: !this.terms.isNet })).length;
    if (kept) window.Toast?.(filled(this.texts.keptPrices, { n: kept, label: this.terms.label }), "wait");
    this.changed();
  }

  /** Shows in the foot how many lines are to be looked at. */
  tellOdd() {
    for (const tone of ["stop", "wait"]) {
      const n = this.lines.filter((line) => line.notes.has(tone)).length;
      for (const box of document.querySelectorAll(`[data-lines-${tone}]`)) {
        box.hidden = !n;
        box.textContent = filled(tone === "stop" ? this.texts.oddLines : this.texts.shortLines, { n });
      }
    }
  }

  key(event) {
    const name = event.target.dataset?.cell;
    const line = event.target.closest("tr")?.line;
    if (!name || !line || event.isComposing || event.keyCode === 229) return;
    const chord = event.ctrlKey || event.metaKey;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "Delete" && chord) this.remove(line);
    else if (event.key.toLowerCase() === "z" && chord && !event.shiftKey && this.undoable) this.undoable();
    else if (event.key.toLowerCase() === "m" && event.altKey && this.long.length) line.openMore(name);
    else if (event.key === "Enter" && !chord && !event.altKey) {
      if (event.shiftKey) this.back(line, name);
      else this.forward(line, name);
    } else if (step && FIGURES.has(this.column(name).kind) && !event.altKey) {
      const other = this.lines[this.lines.indexOf(line) + step];
      if (other) this.focus(other, name);
    } else {
      const isLast = name === line.names.findLast((known) => !line.cells[known].hidden) && line === this.lines.at(-1);
      if (event.key === "Tab" && !event.shiftKey && isLast && !line.isBlank) this.add(); // Tab goes on into it.
      return;
    }
    event.preventDefault();
  }

  forward(line, name) {
    const next = this.after(name);
    const answer = line.notes.answerTo(name);
    if (answer) {
      answer.focus();
      return;
    }
    if (name === this.named && !line.product && !line.cells[name].value.trim()) {
      if (line.isBlank && line === this.lines.at(-1) && this.lines.length > 1) this.leave();
    } else if (next && this.visited.includes(name)) this.focus(line, next);
    else this.focus(this.lines[this.lines.indexOf(line) + 1] ?? this.add());
  }

  back(line, name) {
    const at = line.names.indexOf(name);
    const before = this.lines[this.lines.indexOf(line) - 1];
    if (at > 0) this.focus(line, line.names[at - 1]);
    else if (before) this.focus(before, this.visited.at(-1));
  }

  /** Turns a pasted table into lines through its dialog; a single column fills a column of figures downwards. */
  paste(event) {
    const name = event.target.dataset?.cell;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!name || !/[\t\n]/.test(text.trim())) return;
    const { line } = event.target.closest("tr");
    if (FIGURES.has(this.column(name).kind) && !text.includes("\t")) this.fillDown(line, name, text);
    else if (name === this.named || text.includes("\t")) this.openTable(line, text);
    else return;
    event.preventDefault();
  }

  fillDown(line, name, text) {
    text.trim().split(/\r?\n/).forEach((value, at) => {
      const target = this.lines[this.lines.indexOf(line) + at];
      if (!target) return;
      target.cells[name].value = value.trim();
      target.typed(name);
    });
  }

  openTable(line, text) {
    return new PasteDialog(this, text, line, this.party()).open();
  }

  /** Pastes by the button; the browser may ask first, or refuse, and then the keys still work. */
  async pasteByHand() {
    const last = this.lines.at(-1);
    const line = last.isBlank ? last : this.add();
    const text = await navigator.clipboard.readText().catch(() => "");
    if (text.trim()) {
      await this.openTable(line, text);
    } else {
      this.focus(line);
      window.Toast?.(this.texts.pasteHere, "wait");
    }
  }
}
