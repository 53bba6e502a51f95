// Each row of a pasted table would become a line: the product it means, its figures, and what is wrong with it.

import { percentOf, priceAt, readDiscount } from "../document/discount.js";
import { MONEY, PRICE, QUANTITY, RATE } from "../document/exact.js";
import {
  amountOf, asWritten, divided, money, narrow, plain, priceText, taxIn, units, withTax,
} from "../document/exact.js";
import { belowLeast } from "../document/line_odd.js";
import { filled } from "../frame/texts.js";

const ONE = 1000n; // One piece, in thousandths.
const NEAR = 10000n; // Prices this near are the same: one fen, in millionths of a yuan.

const apart = (one, other) => (one > other ? one - other : other - one);

/** Returns the rate that "13%", "13" or "0.13" means; undefined when none can be chosen. */
export function rateOf(text, options) {
  const typed = narrow(text).replace(/\s/g, "");
  const number = units(typed.replace(/%$/, ""), RATE);
  if (number === null || number === undefined) return undefined;
  const wanted = typed.endsWith("%") || number > 10000n ? divided(number, 100n) : number;
  return options.find(([value]) => units(value, RATE) === wanted)?.[0];
}

export class PastedRow {
  /**
   * at, cells  the row of the table
   * kinds      what each column holds
   * lines      the lines that it would enter
   */
  constructor({ at, cells }, kinds, lines) {
    Object.assign(this, { at, cells, lines, texts: lines.texts });
    this.given = {};
    kinds.forEach((kind, place) => {
      if (kind) this.given[kind] = cells[place] ?? "";
    });
    this.answers = {}; // What the person has answered to a question about this row.
  }

  /** Returns how the row names its product. */
  get called() {
    const { number = "", name = "", model = "", text = "" } = this.given;
    return { number, name, model, text };
  }

  /** Returns the row's own words for its product, for a line that has none yet. */
  get words() {
    const { number, name, model, text } = this.called;
    return number || [text || name, model].filter(Boolean).join(" ");
  }

  /** Takes the products that the row may mean, and the one it does mean. */
  means({ found, fault }) {
    Object.assign(this, { found, fault, product: fault ? null : found[0] });
  }

  choose(product) {
    this.product = product;
  }

  /** Returns {cell, text, answer} of what keeps the row out; `answer` is {text, act} of what lets it in. */
  problem() {
    return this.productProblem() ?? this.quantityProblem() ?? this.priceProblem() ?? this.otherProblem();
  }

  productProblem() {
    const { texts, fault } = this;
    if (this.product) return undefined;
    if (!this.words) return { cell: "number", text: texts.noName };
    const cell = ["number", "text", "name", "model"].find((kind) => this.given[kind]);
    if (fault === "discontinued") return { cell, text: filled(texts.isDiscontinued, { what: this.words }) };
    if (fault === "several") return { cell, text: texts.twoAlike, isDoubt: true };
    const isNumber = Boolean(this.given.number);
    const text = filled(isNumber ? texts.noSuchNumber : texts.noSuchName, { what: this.words });
    return { cell, text, isDoubt: !isNumber };
  }

  get quantity() {
    return units(this.given.quantity, QUANTITY);
  }

  quantityProblem() {
    const { texts, quantity, product } = this;
    const { counted } = this.lines;
    if (!counted) return undefined;
    const column = this.lines.column(counted);
    const problem = (text) => ({ cell: "quantity", text });
    if (quantity === undefined) return problem(texts.notQuantity);
    if (quantity === null) return column.required ? problem(texts.needQuantity) : undefined;
    const below = belowLeast(quantity, column, texts);
    if (below) return problem(below);
    if (product.whole && quantity % ONE !== 0n) return problem(filled(texts.wholeUnit, { unit: product.unit }));
    const { unit } = this.given;
    if (!unit || unit === product.unit || this.answers.unit) return undefined;
    const answer = { text: filled(texts.takeUnit, { unit: product.unit }), act: () => { this.answers.unit = true; } };
    return { cell: "unit", text: filled(texts.otherUnit, { unit: product.unit, given: unit }), isDoubt: true, answer };
  }

  get rate() {
    const { rated, rate } = this.lines;
    if (!rated) return rate;
    return this.given.rate ? rateOf(this.given.rate, this.lines.column(rated).options) : rate;
  }

  /** Returns the rate in ten-thousandths. */
  get taxRate() {
    return units(this.rate, RATE) ?? 0n;
  }

  /** The column of its price holds prices without tax; one that says neither means what the document means. */
  get isNetGiven() {
    if (this.given.gross) return false;
    return this.given.price ? this.lines.terms.isNet : Boolean(this.given.net);
  }

  /** Returns the price of the table, with tax; null where it gives none. */
  get givenPrice() {
    const price = this.writtenPrice;
    return price ? withTax(price, this.taxRate, this.isNetGiven) : price;
  }

  get priceGiven() {
    return this.given.gross || this.given.price || this.given.net || "";
  }

  /** Returns the price of the table as it stands there. */
  get writtenPrice() {
    return units(this.priceGiven, PRICE);
  }

  /** Returns the price that the line gets, as prices are written in the document; null for the one it has by itself. */
  get price() {
    const { isNet } = this.lines.terms;
    const part = readDiscount(this.given.discount)?.value;
    const isByDiscount = part !== undefined && this.listPrice;
    const byDiscount = isByDiscount ? asWritten(priceAt(this.listPrice, part), this.taxRate, isNet) : null;
    if (this.answers.price === "discount" || this.givenPrice === null) return byDiscount;
    if (!this.givenPrice || this.isNetGiven === isNet) return this.writtenPrice;
    return asWritten(this.givenPrice, this.taxRate, isNet);
  }

  get listPrice() {
    return units(this.product?.list_price, PRICE);
  }

  priceProblem() {
    const { texts } = this;
    if (!this.lines.priced) return undefined;
    const given = this.givenPrice;
    if (given === undefined || given < 0n) return { cell: "price", text: texts.notPrice };
    const read = readDiscount(this.given.discount);
    if (read?.fault) return { cell: "discount", text: read.fault === "above" ? texts.aboveList : texts.notDiscount };
    if (read?.asks && !this.answers.price) return this.doubtfulDiscount(read);
    if (read && !this.listPrice && given === null) return { cell: "discount", text: texts.noListPrice };
    if (read && this.listPrice && given !== null && !this.answers.price) {
      const expected = priceAt(this.listPrice, read.value);
      if (apart(expected, given) > NEAR) return this.contradiction(read.value, expected, given);
    }
    if (this.price === null && !this.product.price) return { cell: "price", text: texts.needPrice };
    return undefined;
  }

  doubtfulDiscount({ value }) {
    const { texts } = this;
    const answer = { text: texts.asWritten, act: () => { this.answers.price = "discount"; } };
    return { cell: "discount", text: filled(texts.lowDiscount, { part: percentOf(value) }), isDoubt: true, answer };
  }

  contradiction(part, expected, given) {
    const { texts } = this;
    const shown = { price: `¥${priceText(given)}`, part: percentOf(part), expected: `¥${priceText(expected)}` };
    const answer = { text: filled(texts.byPrice, shown), act: () => { this.answers.price = "price"; } };
    const other = { text: filled(texts.byDiscount, shown), act: () => { this.answers.price = "discount"; } };
    return { cell: "discount", text: filled(texts.pricesDiffer, shown), isDoubt: true, answer, other };
  }

  otherProblem() {
    if (this.rate === undefined) return { cell: "rate", text: this.texts.noSuchRate };
    return undefined;
  }

  /** Returns the amount of the line in cents; undefined while it is not known. */
  get amount() {
    const { quantity } = this;
    if (!this.lines.priced || !quantity || !this.product) return undefined;
    const { isNet } = this.lines.terms;
    const known = units(this.product.price, PRICE);
    const price = this.price ?? (known && asWritten(known, this.taxRate, isNet));
    return price === null || price === undefined ? undefined : amountOf(quantity, price, this.taxRate, isNet);
  }

  /** Returns by how many cents the table's amount differs; null where it gives none. */
  get difference() {
    const said = units(this.given.amount, MONEY);
    if (said === null || said === undefined || this.amount === undefined) return null;
    const beforeTax = this.amount - taxIn(this.amount, this.taxRate);
    return this.lines.terms.isNet && beforeTax === said ? 0n : this.amount - said;
  }

  /** Returns the figures of the line, with everything that is doubtful as it was pasted. */
  cellsFor(isWhole) {
    const { lines, given } = this;
    const cells = {};
    const isCounted = isWhole && this.quantity !== null;
    if (lines.counted) cells[lines.counted] = isCounted ? plain(this.quantity, QUANTITY) : given.quantity ?? "";
    if (lines.rated && this.rate !== undefined) cells[lines.rated] = this.rate;
    if (lines.remarked && given.remark) cells[lines.remarked] = given.remark;
    for (const { name } of lines.columns) if (given[`cell ${name}`]) cells[name] = given[`cell ${name}`];
    if (!lines.priced) return cells;
    if (isWhole && this.price !== null) cells[lines.priced] = priceText(this.price);
    const isAsWritten = !this.writtenPrice || this.isNetGiven === lines.terms.isNet;
    if (!isWhole) cells[lines.priced] = isAsWritten ? this.priceGiven : priceText(this.price);
    return cells;
  }

  shownAmount() {
    return this.amount === undefined ? "" : money(this.amount);
  }
}
