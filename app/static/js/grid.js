// The line grid of documents: one row per product, all keys, exact totals. docs/decisions/0004-line-grid.md
// Enter takes the short way (product, quantity, price, next line); Tab visits every cell.

import { Combobox, element } from "./combobox.js";
import { PRICE, QUANTITY, RATE, amountOf, discountOf, fixed, money, plain, taxIn, units } from "./exact.js";
import { readRows } from "./paste.js";

const CELLS = ["product", "quantity", "unit_price", "tax_rate"];
const PLACES = { quantity: QUANTITY, unit_price: PRICE };

/** One line: its row of the table and what is known of its product. */
class Line {
  constructor(grid) {
    this.grid = grid;
    this.row = grid.template.content.firstElementChild.cloneNode(true);
    this.id = null;
    this.product = null;
    this.listPrice = null;
    this.cells = Object.fromEntries(CELLS.map((name) => [name, this.row.querySelector(`[data-cell=${name}]`)]));
    this.cells.tax_rate.value = grid.rate;
    this.row.line = this;
    this.search = this.productSearch();
    this.prices = this.priceChoice();
    for (const name of ["quantity", "unit_price"]) {
      this.cells[name].addEventListener("input", () => this.typed(name));
      this.cells[name].addEventListener("focus", () => this.cells[name].select());
    }
    this.cells.tax_rate.addEventListener("change", () => this.typed("tax_rate"));
    this.row.querySelector("[data-remove]").addEventListener("click", () => grid.remove(this));
  }

  productSearch() {
    const { grid } = this;
    return new Combobox(this.cells.product, {
      width: 460,
      goesOn: true,
      arrows: true,
      source: (query, signal) => grid.search(query, signal),
      draw: (item) => grid.drawProduct(item),
      text: (item) => `${item.name} ${item.model}`.trim(),
      sure: (items, query) => items.find((item) => item.number.toLowerCase() === query.trim().toLowerCase()),
      hurriedOn: () => grid.focus(this, "quantity"),
      picked: (item, { moved }) => {
        this.take(item);
        if (!moved) grid.focus(this, "quantity");
      },
      missed: (items, query) => {
        this.refuse("product", items.length ? grid.texts.several : grid.texts.unknown);
        if (document.activeElement === this.cells.product) this.search.typed();
        else this.cells.product.title = query;
      },
      undecided: () => this.refuse("product", grid.texts.choose),
      emptied: () => this.empty(),
    });
  }

  /** Alt and arrow down in the price cell: list price, tiers and what was paid last, to choose from. */
  priceChoice() {
    const { grid } = this;
    const cell = this.cells.unit_price;
    const choice = new Combobox(cell, {
      width: 240,
      arrows: false,
      source: async () => this.knownPrices(),
      draw: (item) => [element("span", "", item.label), element("span", "r", fixed(item.price, PRICE))],
      text: (item) => fixed(item.price, PRICE),
      picked: () => {
        this.typed("unit_price");
        grid.focus(this, "unit_price");
      },
    });
    choice.typed = () => choice.close();
    choice.left = () => choice.close();
    choice.show = (text) => {
      cell.value = text;
      choice.close();
    };
    cell.addEventListener("keydown", (event) => {
      if (event.altKey && event.key === "ArrowDown" && this.product) {
        event.preventDefault();
        choice.ask("");
      }
    });
    return choice;
  }

  knownPrices() {
    const { texts } = this.grid;
    const known = [{ label: texts.listPrice, price: this.listPrice }];
    for (const [label, price] of this.product.tiers) known.push({ label, price: units(price, PRICE) });
    if (this.product.last_price) {
      known.push({ label: `${texts.last} ${this.product.last_on}`, price: units(this.product.last_price, PRICE) });
    }
    return known;
  }

  get isBlank() {
    return !this.product && !this.cells.product.value.trim() && !this.cells.quantity.value.trim() && this.id === null;
  }

  value(name) {
    return units(this.cells[name].value, PLACES[name]);
  }

  /** A product was chosen: its facts, and its price unless one was typed. */
  take(item, { keepPrice = false } = {}) {
    this.product = item;
    this.listPrice = units(item.list_price, PRICE);
    this.refuse("product", "");
    this.cells.product.title = `${item.number} ${item.name} ${item.model}`;
    const price = this.cells.unit_price;
    if (!keepPrice || !price.value.trim()) price.value = fixed(units(item.price, PRICE), PRICE);
    if (document.activeElement === price) price.select(); // so that what is typed next replaces it
    this.draw();
    this.grid.changed();
  }

  empty() {
    this.product = null;
    this.listPrice = null;
    this.search.show("");
    this.refuse("product", "");
    this.cells.unit_price.value = "";
    this.draw();
    this.grid.changed();
  }

  /** A line as the server knows it. */
  fill(line) {
    this.id = line.id;
    this.product = line.product;
    this.listPrice = units(line.list_price, PRICE);
    this.search.show(`${line.product.name} ${line.product.model}`.trim());
    this.cells.quantity.value = line.quantity;
    this.cells.unit_price.value = line.unit_price;
    this.cells.tax_rate.value = line.tax_rate;
    this.draw();
  }

  typed(name) {
    this.refuse(name, "");
    this.draw();
    this.grid.changed();
  }

  /** What is computed in the row: unit, discount, amount, stock, last price. */
  draw() {
    const { product } = this;
    const put = (name, ...content) => this.row.querySelector(`[data-${name}]`).replaceChildren(...content);
    const quantity = this.value("quantity");
    const price = this.value("unit_price");
    this.cells.quantity.classList.toggle("is-invalid", quantity === undefined);
    this.cells.unit_price.classList.toggle("is-invalid", price === undefined);
    this.amount = quantity && price !== null && price !== undefined ? amountOf(quantity, price) : null;
    this.row.classList.toggle("filled", Boolean(product));
    put("unit", product?.unit ?? "");
    put("number", product?.number ?? "");
    put("discount", price ? discountOf(price, this.listPrice) : "");
    put("amount", this.amount === null ? "" : money(this.amount));
    put("available", ...this.stock(quantity));
    put("last", ...this.lastPrice());
  }

  stock(quantity) {
    if (!this.product || this.product.available === null) return [];
    const available = units(this.product.available, QUANTITY);
    const missing = quantity ? quantity - available : 0n;
    const shown = element("span", available < 0n ? "red" : "", plain(available, QUANTITY, true));
    if (missing <= 0n || available >= quantity) return [shown];
    const gap = available < 0n ? quantity : missing;
    return [shown, " ", element("span", "red", `${this.grid.texts.short} ${plain(gap, QUANTITY, true)}`)];
  }

  lastPrice() {
    if (!this.product?.last_price) return [];
    const price = fixed(units(this.product.last_price, PRICE), PRICE).replace(/(\.\d\d)00$/, "$1");
    return [price, element("small", "", this.product.last_on)];
  }

  /** Put a refusal beside a cell, or take it away. */
  refuse(name, text) {
    const cell = this.cells[name];
    const box = cell.closest("td");
    box.querySelector(".err")?.remove();
    cell.toggleAttribute("aria-invalid", Boolean(text));
    if (text) {
      cell.setAttribute("aria-invalid", "true");
      box.append(element("div", "err", text));
    }
  }

  /** What is missing, found before asking the server; empty when the line may be sent. */
  faults() {
    const { texts } = this.grid;
    const found = [];
    const quantity = this.value("quantity");
    const price = this.value("unit_price");
    if (!this.product) found.push(["product", texts.choose]);
    if (quantity === undefined) found.push(["quantity", texts.notQuantity]);
    else if (quantity === null || quantity <= 0n) found.push(["quantity", texts.needQuantity]);
    if (price === undefined || (price !== null && price < 0n)) found.push(["unit_price", texts.notPrice]);
    else if (price === null) found.push(["unit_price", texts.needPrice]);
    return found;
  }

  payload() {
    const sent = {
      product: this.product.id,
      quantity: plain(this.value("quantity"), QUANTITY),
      unit_price: fixed(this.value("unit_price"), PRICE),
      tax_rate: this.cells.tax_rate.value,
    };
    return this.id === null ? sent : { id: this.id, ...sent };
  }
}

export class LineGrid {
  /** ask(path, body?) → JSON; circumstances() → {customer, warehouse}; changed() after anything is typed. */
  constructor(table, { texts, rate, ask, circumstances, changed, leave }) {
    Object.assign(this, { table, texts, rate, ask, circumstances, changed, leave });
    this.body = table.tBodies[0];
    this.template = document.getElementById("line");
    this.foot = table.closest(".card");
    this.changed = () => {
      this.total();
      changed();
    };
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("paste", (event) => this.paste(event));
  }

  get lines() {
    return [...this.body.rows].map((row) => row.line);
  }

  get filled() {
    return this.lines.filter((line) => !line.isBlank);
  }

  /** Once every product that was typed and left in a hurry is found, or is known not to be. */
  async settled() {
    for (let tries = 0; tries < 200 && this.lines.some((line) => line.search.hurried !== undefined); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  load(lines) {
    for (const line of lines) this.add().fill(line);
    if (!lines.length) this.add();
    this.total();
  }

  add(after = null) {
    const line = new Line(this);
    if (after) after.row.after(line.row);
    else this.body.append(line.row);
    this.number();
    return line;
  }

  remove(line) {
    const at = this.lines.indexOf(line);
    line.search.close();
    line.row.remove();
    if (!this.body.rows.length) this.add();
    this.number();
    this.focus(this.lines[Math.min(at, this.lines.length - 1)], "product");
    this.changed();
  }

  number() {
    this.lines.forEach((line, at) => {
      line.row.querySelector("[data-no]").textContent = at + 1;
    });
  }

  focus(line, name = "product") {
    line.cells[name].focus();
  }

  search(query, signal) {
    const { customer, warehouse } = this.circumstances();
    const asked = new URLSearchParams({ q: query, customer, warehouse });
    return this.ask(`products?${asked}`, undefined, signal);
  }

  drawProduct(item) {
    const model = element("span", "mut", [item.model, item.number].filter(Boolean).join(" · "));
    const right = element("span", "r mut");
    if (item.available !== null) {
      const available = units(item.available, QUANTITY);
      right.append(`${this.texts.available} `, element("span", available <= 0n ? "red" : "", plain(available, QUANTITY, true)), " · ");
    }
    right.append(`¥${fixed(units(item.price, PRICE), PRICE).replace(/(\.\d\d)00$/, "$1")}`);
    return [element("b", "", item.name), model, right];
  }

  /** Another customer or warehouse: the same products with other stock and other prices beside them. */
  async refresh() {
    const chosen = this.lines.filter((line) => line.product);
    if (!chosen.length) return;
    const { customer, warehouse } = this.circumstances();
    const ids = [...new Set(chosen.map((line) => line.product.id))].join(",");
    const known = new Map((await this.ask(`products?${new URLSearchParams({ ids, customer, warehouse })}`)).map((p) => [p.id, p]));
    for (const line of chosen) {
      const item = known.get(line.product?.id);
      if (!item) continue;
      const untouched = line.value("unit_price") === units(line.product.price, PRICE) && line.id === null;
      line.product = item;
      if (untouched) line.cells.unit_price.value = fixed(units(item.price, PRICE), PRICE);
      line.draw();
    }
    this.changed();
  }

  total() {
    let sum = 0n;
    let tax = 0n;
    for (const line of this.lines) {
      if (line.amount === null || line.amount === undefined) continue;
      sum += line.amount;
      tax += taxIn(line.amount, units(line.cells.tax_rate.value, RATE) ?? 0n);
    }
    this.sum = sum;
    for (const [name, text] of [["total", money(sum)], ["tax", money(tax)], ["count", String(this.filled.length)]]) {
      for (const box of document.querySelectorAll(`[data-grid-${name}]`)) box.textContent = text;
    }
  }

  key(event) {
    const name = event.target.dataset?.cell;
    const line = event.target.closest("tr")?.line;
    if (!name || !line || event.isComposing) return;
    const chord = event.ctrlKey || event.metaKey;
    if (event.key === "Delete" && chord) {
      event.preventDefault();
      this.remove(line);
    } else if (event.key === "Enter" && !chord && !event.altKey) {
      event.preventDefault();
      if (event.shiftKey) this.back(line, name);
      else this.forward(line, name);
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && PLACES[name] && !event.altKey) {
      const other = this.lines[this.lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)];
      event.preventDefault();
      if (other) this.focus(other, name);
    } else if (event.key === "Tab" && !event.shiftKey && name === "tax_rate" && line === this.lines.at(-1) && !line.isBlank) {
      this.add(); // so that Tab goes on into it
    }
  }

  forward(line, name) {
    if (name === "product") {
      if (line.isBlank && line === this.lines.at(-1) && this.lines.length > 1) this.leave();
      else this.focus(line, line.product || line.cells.product.value.trim() ? "quantity" : "product");
    } else if (name === "quantity") {
      this.focus(line, "unit_price");
    } else {
      this.focus(this.lines[this.lines.indexOf(line) + 1] ?? this.add());
    }
  }

  back(line, name) {
    const at = CELLS.indexOf(name);
    if (at > 0) this.focus(line, CELLS[at - 1]);
    else if (this.lines.indexOf(line) > 0) this.focus(this.lines[this.lines.indexOf(line) - 1], "unit_price");
  }

  /** Rows from a spreadsheet: number or name, quantity, price; into a number column they fill it downwards. */
  async paste(event) {
    const name = event.target.dataset?.cell;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!name || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const line = event.target.closest("tr").line;
    if (PLACES[name]) {
      text.trim().split(/\r?\n/).forEach((value, at) => {
        const target = this.lines[this.lines.indexOf(line) + at];
        if (!target) return;
        target.cells[name].value = value.split("\t")[0].trim();
        target.typed(name);
      });
    } else if (name === "product") {
      await this.pasteRows(line, readRows(text));
    }
  }

  async pasteRows(line, rows) {
    let last = line;
    const targets = rows.map((row, at) => {
      last = at === 0 && line.isBlank ? line : this.add(last);
      last.search.show(row.names[0]);
      last.cells.quantity.value = row.quantity;
      last.cells.unit_price.value = row.price;
      return last;
    });
    const names = [...new Set(rows.flatMap((row) => row.names))];
    const known = await this.ask("named", { names, ...this.circumstances() });
    rows.forEach((row, at) => {
      const found = row.names.map((name) => known[name] ?? []).find((items) => items.length) ?? [];
      if (found.length === 1) {
        targets[at].search.show(`${found[0].name} ${found[0].model}`.trim());
        targets[at].take(found[0], { keepPrice: true });
      } else {
        targets[at].refuse("product", found.length ? this.texts.several : this.texts.unknown);
        targets[at].draw();
      }
    });
    this.changed();
    this.focus(targets.at(-1) ?? line, "quantity");
  }
}
