// One line of the grid: its cells, what is known of its product, what is computed from both.

import { Combobox, element } from "./combobox.js";
import { PERCENT, PRICE, QUANTITY, amountOf, discountOf, discounted, fixed, money, percent, plain, units } from "./exact.js";
import { openQuick } from "./quick.js";
import { filled } from "./texts.js";

export const PLACES = { quantity: QUANTITY, unit_price: PRICE, discount: PERCENT };
let serial = 0;

/** One line: its row of the table and what is known of its product. */
export class Line {
  constructor(grid) {
    this.grid = grid;
    this.row = grid.template.content.firstElementChild.cloneNode(true);
    this.id = null;
    this.product = null;
    this.listPrice = null;
    this.cells = Object.fromEntries([...this.row.querySelectorAll("[data-cell]")].map((cell) => [cell.dataset.cell, cell]));
    this.names = Object.keys(this.cells);
    this.row.line = this;
    this.search = this.productSearch();
    if (this.cells.unit_price) this.prices = this.priceChoice();
    for (const name of this.names.filter((known) => PLACES[known])) {
      this.cells[name].addEventListener("input", () => this.typed(name));
    }
    this.cells.discount?.addEventListener("blur", () => this.draw());
    if (this.cells.tax_rate) this.cells.tax_rate.value = grid.rate;
    this.cells.tax_rate?.addEventListener("change", () => this.typed("tax_rate"));
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
        this.cells.product.title = query;
      },
      failed: (text) => this.refuse("product", text),
      undecided: () => this.refuse("product", grid.texts.choose),
      emptied: () => this.empty(),
      more: (query) => this.missing(query),
    });
  }

  /** Below all products found: make the missing one, or read who can. Manual 8.6. */
  missing(query) {
    const { newProduct, texts } = this.grid;
    if (!newProduct) return query ? { text: texts.missing } : undefined;
    const text = filled(query ? texts.newNamed : texts.newOne, { what: newProduct.one, text: query });
    return { text, act: () => this.makeProduct(newProduct.to, query) };
  }

  async makeProduct(address, query) {
    const made = await openQuick(address, query);
    if (!made) return this.grid.focus(this);
    const [item] = await this.grid.ask(`products?${new URLSearchParams({ ids: made.id, ...this.grid.circumstances() })}`);
    this.search.show(`${item.name} ${item.model}`.trim());
    this.take(item);
    return this.grid.focus(this, "quantity");
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

  /** Null where nothing stands or there is no such cell, undefined where something stands that is no such number. */
  value(name) {
    return units(this.cells[name]?.value, PLACES[name]);
  }

  /** A product was chosen: its facts, and its price unless one was typed or pasted before any product was known. */
  take(item) {
    const price = this.cells.unit_price;
    const isPriced = !this.product && Boolean(price?.value.trim());
    this.product = item;
    this.listPrice = units(item.list_price, PRICE);
    this.refuse("product", "");
    this.cells.product.title = `${item.number} ${item.name} ${item.model}`;
    if (price && !isPriced) {
      price.value = fixed(units(item.price, PRICE), PRICE);
      if (document.activeElement === price) price.select(); // so that what is typed next replaces it
    }
    this.draw();
    this.grid.changed();
  }

  empty() {
    this.product = null;
    this.listPrice = null;
    this.search.show("");
    this.refuse("product", "");
    if (this.cells.unit_price) this.cells.unit_price.value = "";
    this.draw();
    this.grid.changed();
  }

  /** A row of a spreadsheet, before it is known which product it names. */
  pasted(row) {
    this.search.show(row.names[0]);
    this.cells.quantity.value = row.quantity;
    if (this.cells.unit_price) this.cells.unit_price.value = row.price;
  }

  /** The same product for another customer or from another warehouse; a price nobody touched follows. */
  renew(item) {
    if (!item) return;
    const untouched = this.id === null && this.value("unit_price") === units(this.product.price, PRICE);
    this.product = item;
    if (untouched && this.cells.unit_price) this.cells.unit_price.value = fixed(units(item.price, PRICE), PRICE);
    this.draw();
  }

  /** A line as the server knows it. */
  fill(line) {
    this.id = line.id;
    this.product = line.product;
    this.listPrice = units(line.list_price, PRICE);
    this.search.show(`${line.product.name} ${line.product.model}`.trim());
    for (const name of ["quantity", "unit_price", "tax_rate"]) {
      if (this.cells[name]) this.cells[name].value = line[name];
    }
    this.draw();
  }

  typed(name) {
    this.refuse(name, "");
    if (name === "discount") this.followDiscount();
    this.draw();
    this.grid.changed();
  }

  /** A discount was typed: the price follows, as it does the other way round. */
  followDiscount() {
    const wanted = percent(this.cells.discount.value);
    if (wanted === undefined) this.refuse("discount", this.grid.texts.notDiscount);
    else if (wanted !== null && this.listPrice) {
      this.refuse("unit_price", "");
      this.cells.unit_price.value = fixed(discounted(this.listPrice, wanted), PRICE);
    }
  }

  /** What is computed in the row: unit, discount, amount, stock, last price. */
  draw() {
    const { product } = this;
    const put = (name, ...content) => this.row.querySelector(`[data-${name}]`)?.replaceChildren(...content);
    const { discount } = this.cells;
    const quantity = this.value("quantity");
    const price = this.value("unit_price");
    this.cells.quantity.classList.toggle("is-invalid", quantity === undefined);
    this.cells.unit_price?.classList.toggle("is-invalid", price === undefined);
    this.amount = quantity && price !== null && price !== undefined ? amountOf(quantity, price) : null;
    this.row.classList.toggle("filled", Boolean(product));
    put("unit", product?.unit ?? "");
    if (discount && document.activeElement !== discount) {
      discount.value = price ? discountOf(price, this.listPrice) : "";
      this.refuse("discount", "");
    }
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
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("aria-describedby");
    if (!text) return;
    const why = element("div", "err", text);
    why.id = `cell-${++serial}`;
    cell.setAttribute("aria-invalid", "true");
    cell.setAttribute("aria-describedby", why.id);
    box.append(why);
  }

  /** What is missing, found before asking the server; empty when the line may be sent. */
  faults() {
    const { texts } = this.grid;
    const found = [];
    const quantity = this.value("quantity");
    const price = this.value("unit_price");
    if (!this.product || this.search.isUndecided) found.push(["product", texts.choose]);
    if (quantity === undefined) found.push(["quantity", texts.notQuantity]);
    else if (quantity === null || quantity <= 0n) found.push(["quantity", texts.needQuantity]);
    if (!this.cells.unit_price) return found;
    if (price === undefined || (price !== null && price < 0n)) found.push(["unit_price", texts.notPrice]);
    else if (price === null) found.push(["unit_price", texts.needPrice]);
    return found;
  }

  payload() {
    const sent = { product: this.product.id, quantity: plain(this.value("quantity"), QUANTITY) };
    if (this.cells.unit_price) sent.unit_price = fixed(this.value("unit_price"), PRICE);
    if (this.cells.tax_rate) sent.tax_rate = this.cells.tax_rate.value;
    return this.id === null ? sent : { id: this.id, ...sent };
  }
}
