// One line of a document has cells, facts of its product, and what is computed from both.

import { Combobox, element } from "../form/combobox.js";
import { dayOf } from "../form/days.js";
import { partPaid, percentOf } from "./discount.js";
import { PRICE, QUANTITY, RATE, amountOf, asWritten, fixed, money, plain, priceText, units, withTax } from "./exact.js";
import { FIGURES, drawRow } from "./line_cells.js";
import { LineNotes } from "./line_notes.js";
import { belowLeast, discountTyped, notWhole, oddPrice, tooFew } from "./line_odd.js";
import { PriceList, isFilledIn, rewrite } from "./line_prices.js";
import { openQuick } from "../form/quick.js";
import { filled, texts as general } from "../frame/texts.js";

export const called = (product) => `${product.name} ${product.model}`.trim();

export class Line {
  constructor(lines) {
    this.lines = lines;
    this.row = drawRow(lines.columns, lines.texts);
    this.row.line = this;
    this.id = null;
    this.product = null;
    this.listPrice = null;
    this.isDiscountOpen = false; // What was typed as a discount has not made a price yet.
    const cells = [...this.row.querySelectorAll("[data-cell]")];
    this.cells = Object.fromEntries(cells.map((cell) => [cell.dataset.cell, cell]));
    this.names = Object.keys(this.cells);
    this.forgetFixed();
    this.notes = new LineNotes(this.row, this.cells);
    this.search = this.productSearch();
    if (lines.priced) new PriceList(this);
    this.wire();
  }

  wire() {
    const { lines } = this;
    for (const [name, cell] of Object.entries(this.cells)) {
      const { kind } = lines.column(name);
      if (kind === "product") continue;
      cell.addEventListener(cell.tagName === "SELECT" ? "change" : "input", () => this.typed(name));
      if (kind === "discount") this.wireDiscount(cell);
      if (kind === "price") cell.addEventListener("change", () => this.showWhole(name));
    }
    if (lines.rated) this.cells[lines.rated].value = lines.rate;
    this.begun = Object.fromEntries(this.names.map((name) => [name, this.cells[name].value]));
    this.row.querySelector("[data-remove]").addEventListener("click", () => lines.remove(this));
    this.row.querySelector("[data-remark]")?.addEventListener("click", () => this.openMore());
  }

  /** Shows the price of a discount while it is typed; where it says nothing, the price before. */
  wireDiscount(cell) {
    cell.addEventListener("focus", () => { this.priceBefore = this.cells[this.lines.priced].value; });
    cell.addEventListener("blur", () => this.draw());
  }

  productSearch() {
    const { lines } = this;
    return new Combobox(this.cells[lines.named], {
      width: 460,
      goesOn: true,
      arrows: true,
      source: (query, signal) => lines.search(query, signal),
      draw: (item) => lines.drawProduct(item),
      text: called,
      sure: (items, query) => items.find((item) => item.number.toLowerCase() === query.trim().toLowerCase()),
      hurriedOn: () => lines.focus(this, lines.after(lines.named)),
      picked: (item, { moved }) => {
        this.take(item);
        if (!moved) lines.focus(this, lines.after(lines.named));
      },
      missed: (items, query) => {
        this.refuse(lines.named, items.length ? lines.texts.several : lines.texts.unknown);
        this.cells[lines.named].title = query;
      },
      failed: (text) => this.refuse(lines.named, text),
      undecided: () => this.refuse(lines.named, lines.texts.choose),
      emptied: () => this.empty(),
      more: (query) => this.missing(query),
    });
  }

  /** Adds below all products found an entry that makes the missing one, or says who can. Manual 8.6. */
  missing(query) {
    const { newProduct, texts } = this.lines;
    if (!newProduct) return query ? { text: texts.missing } : undefined;
    const text = filled(query ? texts.newNamed : texts.newOne, { what: newProduct.one, text: query });
    return { text, act: () => this.makeProduct(newProduct.to, query) };
  }

  async makeProduct(address, query) {
    const made = await openQuick(address, query);
    if (!made) return this.lines.focus(this);
    const [item] = await this.lines.ask(`products?${this.lines.question({ ids: made.id })}`);
    this.search.show(called(item));
    this.take(item);
    return this.lines.focus(this, this.lines.after(this.lines.named));
  }

  /** Writes a typed price with four places at least, aligned with the others. */
  showWhole(name) {
    const value = this.value(name);
    if (value !== null && value !== undefined) this.cells[name].value = priceText(value);
  }

  /** Shows the long texts, and what a narrow screen leaves out; from one long text it goes on to the next. */
  openMore(from) {
    const { long } = this.lines;
    this.row.classList.add("more");
    for (const name of long) this.cells[name].hidden = false;
    this.cells[long[(long.indexOf(from) + 1) % long.length]].focus();
  }

  /** Hides each long text in which nothing is written, unless something has to be. */
  foldLong() {
    for (const name of this.lines.long) {
      this.cells[name].hidden = !this.cells[name].value && !this.lines.column(name).required;
    }
  }

  get isBlank() {
    const isEmpty = (name) => this.cells[name].value.trim() === this.begun[name];
    return !this.product && this.id === null && this.names.filter((name) => name !== this.lines.rated).every(isEmpty);
  }

  /** Returns what stands in a cell of this name: null for nothing, undefined for what is no such number. */
  value(name) {
    const cell = this.cells[name];
    if (!cell) return null;
    const { kind, places } = this.lines.column(name);
    return FIGURES.has(kind) ? units(cell.value, places) : cell.value;
  }

  get quantity() {
    return this.value(this.lines.counted);
  }

  /** The price as it is written: with tax or without, as the document says. */
  get price() {
    return this.value(this.lines.priced);
  }

  get rate() {
    return units(this.cells[this.lines.rated]?.value, RATE) ?? 0n;
  }

  /** The price with tax, which discounts and known prices are compared with; as unknown as the price. */
  get gross() {
    return this.price ? withTax(this.price, this.rate, this.lines.terms.isNet) : this.price;
  }

  /** Returns a price that includes tax as it is written into the cell; nothing for none. */
  written(gross, isNet = this.lines.terms.isNet, rate = this.rate) {
    return gross === null || gross === undefined ? "" : priceText(asWritten(gross, rate, isNet));
  }

  /** Empties what the domain computes of a line: of a product just chosen it says nothing yet. */
  forgetFixed() {
    const shown = this.lines.columns.filter(({ kind }) => kind === "fixed");
    this.fixed = Object.fromEntries(shown.map(({ name }) => [name, ""]));
  }

  /** Takes the facts of a chosen product, and its price unless one was given before any product was known. */
  take(item) {
    const cell = this.cells[this.lines.priced];
    const isPriced = !this.product && Boolean(cell?.value.trim());
    if (this.product?.id !== item.id) this.forgetFixed();
    this.product = item;
    this.listPrice = units(item.list_price, PRICE);
    this.refuse(this.lines.named, "");
    this.cells[this.lines.named].title = `${item.number} ${item.name} ${item.model}`;
    if (cell && !isPriced) {
      cell.value = this.written(units(item.price, PRICE));
      if (document.activeElement === cell) cell.select(); // What is typed next replaces it.
    }
    this.draw();
    this.lines.changed();
  }

  empty() {
    this.product = null;
    this.listPrice = null;
    this.forgetFixed();
    this.search.show("");
    this.refuse(this.lines.named, "");
    if (this.lines.priced) this.cells[this.lines.priced].value = "";
    this.draw();
    this.lines.changed();
  }

  /** Fills in a row of a pasted table; what is wrong with it stands below the line and keeps it from being saved. */
  enter(row, problem) {
    const { discounted, named } = this.lines;
    this.search.show(row.product ? called(row.product) : row.words);
    for (const [name, text] of Object.entries(row.cellsFor(!problem))) this.cells[name].value = text;
    this.foldLong();
    if (row.product) this.take(row.product);
    else this.draw();
    if (!problem) return;
    if (!row.product) this.refuse(named, problem.text);
    else if (discounted && row.given.discount && problem.cell === "discount") {
      this.cells[discounted].value = row.given.discount;
      this.isDiscountOpen = true;
      this.notes.put(discounted, { tone: "stop", text: problem.text });
    }
  }

  /** Takes the facts of the same product for another party or warehouse; an untouched price follows. */
  renew(item) {
    if (!item) return;
    const cell = this.cells[this.lines.priced];
    const isUntouched = isFilledIn(this);
    this.product = item;
    if (isUntouched && cell) cell.value = this.written(units(item.price, PRICE));
    this.draw();
  }

  /** Fills in a line as the server knows it, or as it was kept. */
  fill(line) {
    this.id = line.id;
    this.product = line[this.lines.named];
    this.listPrice = units(line.list_price, PRICE);
    this.search.show(called(this.product));
    for (const name of this.names) {
      if (name in line && name !== this.lines.named) this.cells[name].value = line[name];
    }
    for (const name of Object.keys(this.fixed)) this.fixed[name] = line[name] ?? "";
    this.foldLong();
    this.draw();
  }

  typed(name) {
    const { kind } = this.lines.column(name);
    this.notes.put(name);
    if (kind === "discount") this.followDiscount(name);
    else if (kind === "rate") rewrite(this, { rate: this.rateBefore });
    else if (kind === "price" && this.isDiscountOpen) {
      this.isDiscountOpen = false;
      this.notes.put(this.lines.discounted);
    }
    this.draw();
    this.lines.changed();
  }

  /** Computes the price from a typed discount, unless it is doubtful what was meant. */
  followDiscount(name) {
    const { note, price } = discountTyped(this, this.cells[name].value, (chosen) => this.answerDiscount(chosen));
    this.isDiscountOpen = Boolean(note);
    this.notes.put(name, note);
    this.notes.put(this.lines.priced);
    const before = this.priceBefore ?? this.cells[this.lines.priced].value;
    this.cells[this.lines.priced].value = price === undefined ? before : this.written(price);
  }

  answerDiscount(price) {
    const { discounted } = this.lines;
    this.takePrice(price);
    this.lines.forward(this, discounted);
  }

  /** Takes a price, which includes tax, from a button of the line's notes or from the list of what was paid. */
  takePrice(price) {
    const { discounted, priced } = this.lines;
    this.cells[priced].value = this.written(price);
    if (discounted) this.notes.put(discounted);
    this.typed(priced);
  }

  takeQuantity(name, quantity) {
    this.cells[name].value = plain(quantity, QUANTITY);
    this.typed(name);
    this.lines.forward(this, name);
  }

  /** Shows what is computed in the row: unit, discount, amount, stock, last price. */
  draw() {
    const { product, quantity, price } = this;
    const { isNet } = this.lines.terms;
    this.rateBefore = this.rate;
    const put = (name, ...content) => this.row.querySelector(`[data-${name}]`)?.replaceChildren(...content);
    for (const name of this.names) {
      const { kind } = this.lines.column(name);
      const isFigure = FIGURES.has(kind) && kind !== "discount";
      if (isFigure) this.cells[name].classList.toggle("is-invalid", this.value(name) === undefined);
    }
    const rate = this.cells[this.lines.rated];
    this.row.classList.toggle("own-rate", Boolean(rate) && rate.value !== this.lines.rate);
    const isKnown = quantity && price !== null && price !== undefined;
    this.amount = isKnown ? amountOf(quantity, price, this.rate, isNet) : null;
    this.row.classList.toggle("filled", Boolean(product));
    put("unit", product?.unit ?? "");
    this.drawDiscount();
    const { counted } = this.lines;
    if (counted) this.notes.compute(counted, notWhole(this, counted) ?? tooFew(this, counted));
    for (const [name, text] of Object.entries(this.fixed)) put(`fixed="${name}"`, text);
    put("amount", this.amount === null ? "" : money(this.amount));
    put("available", ...this.stock(quantity));
    put("last", ...this.lastPrice());
  }

  drawDiscount() {
    const { discounted } = this.lines;
    const cell = this.cells[discounted];
    if (!cell || this.isDiscountOpen) return;
    this.notes.compute(discounted, oddPrice(this));
    if (document.activeElement === cell) return;
    const part = partPaid(this.gross, this.listPrice);
    cell.value = part === null ? "" : percentOf(part);
  }

  stock(quantity) {
    const { available } = this.product ?? {};
    if (available === null || available === undefined) return [];
    const free = units(available, QUANTITY);
    const missing = quantity && this.lines.isLeaving ? quantity - (free < 0n ? 0n : free) : 0n;
    const { texts } = this.lines;
    const shown = [element("span", free < 0n ? "red" : "", plain(free, QUANTITY, true))];
    if (missing > 0n) shown.push(" ", element("span", "red", `${texts.short} ${plain(missing, QUANTITY, true)}`));
    const then = this.lines.availableThen(this.product);
    if (then) shown.push(" ", element("span", "then", then));
    return shown;
  }

  lastPrice() {
    if (!this.product?.last_price) return [];
    return [`${this.lines.texts.last} ${this.lines.priceText(this.product.last_price, this.rate)}`];
  }

  /** Puts a refusal below the line, tied to its cell, or takes it away. */
  refuse(name, text) {
    if (!this.cells[name] || (text && this.notes.of(name)?.text === text)) return;
    if (text) this.cells[name].hidden = false;
    this.notes.put(name, text ? { tone: "stop", text } : undefined);
  }

  /** Returns what is missing, before the server is asked: (name, text); empty when the line may be sent. */
  faults() {
    const found = [];
    for (const name of this.names) {
      const text = this.fault(this.lines.column(name));
      if (text) found.push([name, text]);
    }
    return found;
  }

  fault(column) {
    const { name, kind, required } = column;
    const { texts } = this.lines;
    if (kind === "product") return !this.product || this.search.isUndecided ? texts.choose : "";
    if (kind === "discount") return this.isDiscountOpen ? this.notes.of(name).text : "";
    const value = this.value(name);
    if (FIGURES.has(kind)) {
      if (value === undefined) return { quantity: texts.notQuantity, price: texts.notPrice }[kind] ?? texts.notNumber;
      const below = belowLeast(value, column, texts);
      if (below) return below;
      const part = name === this.lines.counted && notWhole(this, name);
      if (part) return part.text;
    }
    if (kind === "date" && value && !dayOf(value)) return general.badDay;
    if (!required || (value !== null && value !== "")) return "";
    return { quantity: texts.needQuantity, price: texts.needPrice }[kind] ?? texts.needed;
  }

  /** Returns the line as it is sent. */
  payload() {
    const sent = this.id === null ? {} : { id: this.id };
    for (const name of this.names) {
      const { kind, places } = this.lines.column(name);
      const value = this.value(name);
      if (kind === "product") sent[name] = this.product.id;
      else if (kind === "discount") continue;
      else if (value === null || value === "") sent[name] = kind === "text" || kind === "remark" ? "" : null;
      else if (kind === "date") sent[name] = dayOf(value);
      else sent[name] = FIGURES.has(kind) ? fixed(value, places) : value;
    }
    return sent;
  }

  /** Returns the line as it is kept in the browser. */
  kept() {
    const typed = this.names.filter((name) => this.lines.column(name).kind !== "discount");
    const cells = Object.fromEntries(typed.map((name) => [name, this.cells[name].value]));
    const listed = this.listPrice === null ? null : fixed(this.listPrice, PRICE);
    return { ...cells, ...this.fixed, id: this.id, [this.lines.named]: this.product, list_price: listed };
  }
}
