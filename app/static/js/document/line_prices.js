// Alt and arrow down in a price list what this party paid lately, by the keys 1 to 5, then list price and tiers.

import { element } from "../form/combobox.js";
import { partPaid, percentOf } from "./discount.js";
import { PRICE, units } from "./exact.js";

let serial = 0;

/** Returns the known prices of a line's product: {label, price, told}. */
function known(line) {
  const { product, listPrice } = line;
  const { texts } = line.lines;
  const paid = (product.paid ?? []).map(([price, quantity, day, number]) => ({
    price: units(price, PRICE),
    told: [`${quantity} ${product.unit}`, `${day} ${number}`],
  }));
  const tiers = (product.tiers ?? []).map(([label, price]) => ({ price: units(price, PRICE), told: [label, ""] }));
  return [...paid, ...(listPrice ? [{ price: listPrice, told: [texts.listPrice, ""] }] : []), ...tiers];
}

/** Returns whether the price is the one that was filled in, written with tax or without, at a rate. */
export function isFilledIn(line, isNet = line.lines.terms.isNet, rate = line.rate) {
  const known = units(line.product?.price, PRICE);
  return line.id === null && known !== null && line.price === units(line.written(known, isNet, rate), PRICE);
}

/**
 * Writes a filled-in price anew, when prices mean something else or another rate counts; returns whether it is right.
 * isNet, rate  what counted before
 */
export function rewrite(line, { isNet, rate }) {
  const cell = line.cells[line.lines.priced];
  const isRight = !cell?.value || isFilledIn(line, isNet, rate);
  if (isRight && cell?.value) cell.value = line.written(units(line.product.price, PRICE));
  line.draw();
  return isRight;
}

export class PriceList {
  constructor(line) {
    this.line = line;
    this.cell = line.cells[line.lines.priced];
    this.cell.title = `${line.lines.texts.lastPrices} (Alt+↓)`;
    this.cell.addEventListener("keydown", (event) => this.key(event));
    this.cell.addEventListener("blur", () => this.close());
    this.cell.addEventListener("input", () => this.close());
  }

  open() {
    this.close();
    this.items = known(this.line);
    if (!this.items.length) return;
    this.list = element("div", "pop found prices");
    this.list.id = `prices-${++serial}`;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.line.lines.texts.lastPrices);
    this.items.forEach((item, at) => this.list.append(this.row(item, at)));
    (this.cell.closest("dialog, main") ?? document.body).append(this.list);
    const box = this.cell.getBoundingClientRect();
    const wide = Math.min(412, document.documentElement.clientWidth - 16);
    this.list.style.width = `${wide}px`;
    this.list.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - wide - 8))}px`;
    const below = innerHeight - box.bottom - (document.querySelector(".foot")?.offsetHeight ?? 0);
    const isAbove = below < this.list.offsetHeight + 8;
    this.list.style.top = `${isAbove ? box.top - 4 - this.list.offsetHeight : box.bottom + 4}px`;
    this.move(0);
  }

  row(item, at) {
    const { listPrice } = this.line;
    const digit = at < 5 ? element("kbd", "", String(at + 1)) : "";
    const price = element("b", "", `¥${this.line.written(item.price)}`);
    const part = partPaid(item.price, listPrice);
    const discount = element("span", "mut", part === null ? "" : percentOf(part));
    const [what, when] = item.told;
    const made = element("div", "", digit, price, discount, element("span", "", what), element("span", "r mut", when));
    made.id = `${this.list.id}-${at}`;
    made.setAttribute("role", "option");
    made.addEventListener("mousedown", (event) => event.preventDefault()); // The cell keeps the focus.
    made.addEventListener("click", () => this.take(at));
    return made;
  }

  move(at) {
    this.active = at;
    [...this.list.children].forEach((row, place) => {
      row.classList.toggle("on", place === at);
      row.setAttribute("aria-selected", String(place === at));
    });
    this.cell.setAttribute("aria-activedescendant", `${this.list.id}-${at}`);
  }

  take(at) {
    const item = this.items[at];
    if (!item) return;
    this.close();
    this.line.takePrice(item.price);
    this.cell.select();
  }

  close() {
    this.list?.remove();
    this.list = undefined;
    this.cell.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (event.altKey && event.key === "ArrowDown" && this.line.product) {
      event.preventDefault();
      event.stopPropagation();
      this.open();
      return;
    }
    if (!this.list || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.move((this.active + step + this.items.length) % this.items.length);
    else if (event.key === "Enter") this.take(this.active);
    else if (event.key === "Escape") this.close();
    else if (/^[1-5]$/.test(event.key) && this.items[Number(event.key) - 1]) this.take(Number(event.key) - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
