// The line grid of documents: one row per product, all keys, exact totals. docs/decisions/0004-line-grid.md
// Enter takes the short way (product, quantity, price, next line); Tab visits every cell. Which cells there are, the
// page says: parts/grid.html. What surrounds the lines (customer, warehouse, saving) is the document's own business.

import { element } from "./combobox.js";
import { PRICE, QUANTITY, RATE, fixed, money, plain, taxIn, units } from "./exact.js";
import { Line, PLACES } from "./line.js";
import { readRows } from "./paste.js";
import { filled } from "./texts.js";

const SHORT_WAY = ["product", "quantity", "unit_price"];

export class LineGrid {
  /**
   * ask(path, body?)  → JSON of the document's own addresses, "products" and "named" among them
   * circumstances()   → what prices and stock depend on, sent along with both: {customer, warehouse}
   * changed()         called after anything is typed; leave() when Enter is pressed on an empty last line
   * newProduct        {to, one}: where a missing product is made, for who may make one
   */
  constructor(table, { texts, rate, ask, circumstances, changed, leave, newProduct }) {
    Object.assign(this, { table, texts, rate, ask, circumstances, leave, newProduct });
    this.body = table.tBodies[0];
    this.template = document.getElementById("line");
    this.short = SHORT_WAY.filter((name) => this.template.content.querySelector(`[data-cell=${name}]`));
    this.changed = () => {
      this.total();
      changed();
    };
    table.addEventListener("keydown", (event) => this.key(event));
    table.addEventListener("paste", (event) => this.paste(event));
    table.addEventListener("input", () => { this.undoable = undefined; }); // Ctrl+Z is the typing's again
    document.querySelector("[data-add-line]")?.addEventListener("click", () => this.focusEmpty());
    document.querySelector("[data-paste]")?.addEventListener("click", () => this.pasteByHand());
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
    const number = at + 1;
    line.search.close();
    line.row.remove();
    if (!this.body.rows.length) this.add();
    this.number();
    this.focus(this.lines[Math.min(at, this.lines.length - 1)], "product");
    this.changed();
    if (line.isBlank) return;
    const undo = () => this.bringBack(line, at);
    this.undoable = undo;
    window.Toast?.(filled(this.texts.removed, { n: number, what: line.cells.product.value }), "ok", { label: this.texts.undo, run: undo });
  }

  /** A removed line stands where it stood, with everything that was typed into it. */
  bringBack(line, at) {
    if (line.row.isConnected) return;
    const [only] = this.lines;
    if (this.lines.length === 1 && only.isBlank) only.row.remove();
    this.body.insertBefore(line.row, this.body.rows[at] ?? null);
    this.undoable = undefined;
    this.number();
    this.focus(line, "quantity");
    this.changed();
  }

  /** Rows are counted for the eye, and named for who hears them. */
  number() {
    this.lines.forEach((line, at) => {
      line.row.querySelector("[data-no]").textContent = at + 1;
      for (const part of line.row.querySelectorAll("[aria-label]")) {
        part.dataset.label ??= part.getAttribute("aria-label");
        part.setAttribute("aria-label", filled(this.texts.row, { what: part.dataset.label, n: at + 1 }));
      }
    });
  }

  focus(line, name = "product") {
    line.cells[name].focus();
  }

  focusEmpty() {
    const last = this.lines.at(-1);
    this.focus(last.isBlank ? last : this.add());
  }

  search(query, signal) {
    return this.ask(`products?${new URLSearchParams({ q: query, ...this.circumstances() })}`, undefined, signal);
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
    const ids = [...new Set(chosen.map((line) => line.product.id))].join(",");
    const found = await this.ask(`products?${new URLSearchParams({ ids, ...this.circumstances() })}`);
    const known = new Map(found.map((product) => [product.id, product]));
    for (const line of chosen) line.renew(known.get(line.product?.id));
    this.changed();
  }

  total() {
    let sum = 0n;
    let tax = 0n;
    for (const line of this.lines) {
      if (line.amount === null || line.amount === undefined) continue;
      sum += line.amount;
      tax += taxIn(line.amount, units(line.cells.tax_rate?.value, RATE) ?? 0n);
    }
    this.sum = sum;
    for (const [name, text] of [["total", money(sum)], ["tax", money(tax)], ["count", String(this.filled.length)]]) {
      for (const box of document.querySelectorAll(`[data-grid-${name}]`)) box.textContent = text;
    }
  }

  key(event) {
    const name = event.target.dataset?.cell;
    const line = event.target.closest("tr")?.line;
    if (!name || !line || event.isComposing || event.keyCode === 229) return;
    const chord = event.ctrlKey || event.metaKey;
    if (event.key === "Delete" && chord) {
      event.preventDefault();
      this.remove(line);
    } else if (event.key.toLowerCase() === "z" && chord && !event.shiftKey && this.undoable) {
      event.preventDefault();
      this.undoable();
    } else if (event.key === "Enter" && !chord && !event.altKey) {
      event.preventDefault();
      if (event.shiftKey) this.back(line, name);
      else this.forward(line, name);
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && PLACES[name] && !event.altKey) {
      const other = this.lines[this.lines.indexOf(line) + (event.key === "ArrowDown" ? 1 : -1)];
      event.preventDefault();
      if (other) this.focus(other, name);
    } else if (event.key === "Tab" && !event.shiftKey && name === line.names.at(-1) && line === this.lines.at(-1) && !line.isBlank) {
      this.add(); // so that Tab goes on into it
    }
  }

  forward(line, name) {
    const next = this.short[this.short.indexOf(name) + 1];
    if (name === "product") {
      if (line.isBlank && line === this.lines.at(-1) && this.lines.length > 1) this.leave();
      else this.focus(line, line.product || line.cells.product.value.trim() ? next : "product");
    } else if (next && this.short.includes(name)) {
      this.focus(line, next);
    } else {
      this.focus(this.lines[this.lines.indexOf(line) + 1] ?? this.add());
    }
  }

  back(line, name) {
    const at = line.names.indexOf(name);
    if (at > 0) this.focus(line, line.names[at - 1]);
    else if (this.lines.indexOf(line) > 0) this.focus(this.lines[this.lines.indexOf(line) - 1], this.short.at(-1));
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

  /** The button: the browser may ask first, or say no; then the keys still work. */
  async pasteByHand() {
    const last = this.lines.at(-1);
    const line = last.isBlank ? last : this.add();
    try {
      const rows = readRows(await navigator.clipboard.readText());
      if (rows.length) await this.pasteRows(line, rows);
      else throw new Error("nothing to paste");
    } catch (error) {
      this.focus(line);
      window.Toast?.(this.texts.pasteHere, "wait");
    }
  }

  async pasteRows(line, rows) {
    let last = line;
    const targets = rows.map((row, at) => {
      last = at === 0 && line.isBlank ? line : this.add(last);
      last.pasted(row);
      return last;
    });
    const names = [...new Set(rows.flatMap((row) => row.names))];
    const known = await this.ask("named", { names, ...this.circumstances() });
    rows.forEach((row, at) => {
      const found = row.names.map((name) => known[name] ?? []).find((items) => items.length) ?? [];
      if (found.length === 1) {
        targets[at].search.show(`${found[0].name} ${found[0].model}`.trim());
        targets[at].take(found[0]);
      } else {
        targets[at].refuse("product", found.length ? this.texts.several : this.texts.unknown);
        targets[at].draw();
      }
    });
    this.changed();
    this.focus(targets.at(-1) ?? line, "quantity");
  }
}
