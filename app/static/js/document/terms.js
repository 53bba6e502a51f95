// The terms of a document say whether its prices include tax, and what is taken off the whole.

import { MONEY, fixed, units } from "./exact.js";

const YUAN = 100n; // in fen

export class Terms {
  /** form  holds the fields `prices` and `rebate` where the document's lines have prices. */
  constructor(form) {
    this.form = form;
    this.prices = form.elements.namedItem("prices");
    this.rebate = form.elements.namedItem("rebate");
  }

  /** Prices are written without tax. */
  get isNet() {
    return this.prices?.value === "net";
  }

  /** Returns what the prices are called; undefined where the document has none. */
  get label() {
    return this.prices?.selectedOptions[0]?.text;
  }

  /** Returns the fen that are taken off the whole; none while no amount stands there. */
  get off() {
    return units(this.rebate?.value, MONEY) ?? 0n;
  }

  wire(lines) {
    if (!this.prices) return;
    this.prices.addEventListener("change", () => lines.repriced());
    this.rebate.addEventListener("input", () => lines.total());
    this.form.querySelector("[data-round]").addEventListener("click", () => this.round(lines));
  }

  /** Takes what is beyond whole yuan off the total as well. */
  round(lines) {
    const beyond = lines.sum % YUAN;
    if (beyond <= 0n) return;
    this.rebate.value = fixed(this.off + beyond, MONEY);
    this.rebate.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
