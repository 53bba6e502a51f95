// The dialog of a pasted table shows what each column holds, what each row would become, and what is wrong. Nothing
// enters the lines before it was shown here. What the columns hold is remembered for the party in this browser.

import { Combobox, element } from "../form/combobox.js";
import { money } from "../document/exact.js";
import { called } from "../document/line.js";
import { PastedRow } from "./pasted_rows.js";
import { readTable } from "./pasted_table.js";
import { filled } from "../frame/texts.js";

const PRICES = new Set(["gross", "net", "price"]);
const FIGURES = new Set(["quantity", ...PRICES, "discount", "amount", "rate"]);

/** Returns what columns were last said to hold, by their headings; a browser without storage asks each time. */
class Remembered {
  constructor(key, table) {
    this.key = `columns ${key}`;
    this.signature = table.hasHeading ? table.headings.join("\n") : String(table.headings.length);
  }

  get all() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch (error) {
      return {};
    }
  }

  get kinds() {
    return this.all[this.signature];
  }

  keep(kinds) {
    try {
      localStorage.setItem(this.key, JSON.stringify({ ...this.all, [this.signature]: kinds }));
    } catch (error) {
      // A full or forbidden store is no reason to stop anybody.
    }
  }
}

export class PasteDialog {
  /**
   * lines  the lines that the rows would enter; `after` is the line that was pasted into
   * party  {key, name}: for whom the columns are remembered
   */
  constructor(lines, text, after, party) {
    Object.assign(this, { lines, after, party, texts: lines.texts });
    this.table = readTable(text, this.labels());
    this.remembered = new Remembered(party.key, this.table);
    this.kinds = this.remembered.kinds ?? this.table.kinds;
    this.isAsked = !this.remembered.kinds;
    this.meant = new Map(); // What the server has said of each way to call a product.
    this.answered = new Map(); // Rows by their place, which keep what was answered.
    this.failure = "";
  }

  /** Returns the cells of the lines that no word of ours names, by their labels: a table may fill them in, too. */
  others() {
    const { columns, counted, remarked, long } = this.lines;
    const isOther = ({ name, kind }) => ["text", "date", "number", "quantity"].includes(kind) && name !== counted;
    const isText = ({ name }) => long.includes(name) && name !== remarked;
    const others = columns.filter((column) => isOther(column) || isText(column));
    return new Map(others.map(({ name, label }) => [label, `cell ${name}`]));
  }

  /** Returns what headings may say beside our own words: the labels of those cells and of what counts. */
  labels() {
    const { lines } = this;
    const counted = lines.counted ? [[lines.column(lines.counted).label, "quantity"]] : [];
    return new Map([...counted, ...this.others()]);
  }

  /** Returns what a column can be said to hold, in the order of the list. */
  choices() {
    const { lines, texts } = this;
    const names = ["number", "name", "model", "text", ...(lines.counted ? ["quantity"] : []), "unit"];
    if (lines.priced) names.push("gross", "net", "amount");
    if (lines.priced && lines.discounted) names.push("discount");
    if (lines.rated) names.push("rate");
    if (lines.remarked) names.push("remark");
    const own = { quantity: lines.column(lines.counted)?.label };
    const known = names.map((name) => [name, own[name] ?? texts.columns[name]]);
    return [["", texts.columns.none], ...known, ...[...this.others()].map(([label, kind]) => [kind, label])];
  }

  open() {
    this.dialog = element("dialog", "paste");
    this.dialog.setAttribute("aria-label", this.texts.pasting);
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.enter(false);
    });
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.draw();
    return this.ask();
  }

  get rows() {
    return this.table.rows.map((row, place) => {
      const known = this.answered.get(place);
      if (known) return known;
      const made = new PastedRow(row, this.kinds, this.lines);
      this.answered.set(place, made);
      const meant = this.meant.get(JSON.stringify(made.called));
      if (meant) made.means(meant);
      return made;
    });
  }

  /** Asks the server which products are meant, once for each name of a product. */
  async ask() {
    const unknown = new Map();
    for (const { called: names, words } of this.rows) {
      const key = JSON.stringify(names);
      if (words && !this.meant.has(key)) unknown.set(key, names);
    }
    if (unknown.size) {
      try {
        const body = { rows: [...unknown.values()], ...this.lines.circumstances() };
        const told = await this.lines.ask("named", body);
        [...unknown.keys()].forEach((key, at) => this.meant.set(key, told[at]));
        this.failure = "";
      } catch (error) {
        this.failure = error.message ?? this.texts.offline;
      }
      this.answered.clear();
    }
    this.dialog.dataset.told = "";
    this.draw();
  }

  say(place, kind) {
    this.kinds = this.kinds.map((now, at) => (at === place ? kind : now === kind ? "" : now));
    this.isAsked = false;
    this.mapped = place;
    this.answered.clear();
    return this.ask();
  }

  // Drawing

  draw() {
    const { rows } = this;
    const problems = rows.map((row) => this.failure ? { text: this.failure } : row.problem());
    const good = rows.filter((_row, at) => !problems[at]);
    this.dialog.replaceChildren(
      this.head(rows), this.about(rows), this.grid(rows, problems), ...this.questions(), this.foot(good, problems),
    );
    const stops = [`[data-place="${this.mapped}"]`, ".btn-primary:not([disabled])", "select"];
    this.mapped = undefined;
    stops.map((stop) => this.dialog.querySelector(stop)).find(Boolean)?.focus();
  }

  head(rows) {
    const { table, texts } = this;
    const told = [filled(texts.ofRows, { n: table.total })];
    if (table.hasHeading) told.push(filled(texts.headingRow, { n: table.headingRow }));
    const left = [
      table.left.titles && filled(texts.leftTitles, { n: table.left.titles }),
      table.left.totals && filled(texts.leftTotals, { n: table.left.totals }),
      table.left.blank && filled(texts.leftBlank, { n: table.left.blank }),
    ].filter(Boolean);
    if (left.length) told.push(filled(texts.leftOut, { what: left.join("、") }));
    const heading = element("h2", "", filled(texts.pasteRows, { n: rows.length }));
    return element("header", "", heading, element("span", "mut", told.join("，")));
  }

  about(rows) {
    const { texts } = this;
    const differences = rows.map((row) => row.difference).filter((one) => one !== null);
    const sum = differences.reduce((all, one) => all + one, 0n);
    const amounts = differences.length
      ? element("span", sum ? "odd-sum" : "", filled(texts.amountsCompared, { sum: money(sum) }))
      : element("span");
    amounts.dataset.difference = differences.length ? String(sum) : "";
    const remembered = filled(texts.remembered, { party: this.party.name });
    return element("div", "about", amounts, element("span", "mut", remembered));
  }

  grid(rows, problems) {
    const head = element("tr", "", element("th", "r", "#"));
    this.kinds.forEach((kind, place) => head.append(this.heading(kind, place)));
    head.append(element("th", "product", this.texts.entersAs), element("th", "", this.texts.result));
    const body = element("tbody");
    rows.forEach((row, at) => body.append(this.row(row, problems[at])));
    const table = element("table", "g map", element("thead", "", head), body);
    return element("div", "scroll", table);
  }

  /** What a column of prices holds that says neither: what the document's own prices are. */
  get kindOfPrice() {
    return this.lines.terms.isNet ? "net" : "gross";
  }

  heading(kind, place) {
    const select = element("select", "form-select");
    const shown = kind === "price" ? this.kindOfPrice : kind === "serial" ? "" : kind;
    for (const [value, label] of this.choices()) select.append(new Option(label, value, false, value === shown));
    select.dataset.place = place;
    const isDoubtful = kind === "price" || (this.isAsked && !this.table.hasHeading);
    select.classList.toggle("ask", isDoubtful);
    const label = this.table.headings[place] || filled(this.texts.columnNo, { n: place + 1 });
    select.setAttribute("aria-label", label);
    select.addEventListener("change", () => this.say(place, select.value));
    return element("th", "", element("span", "", label), select);
  }

  row(row, problem) {
    const made = element("tr", "", element("td", "r mut", String(row.at)));
    this.kinds.forEach((kind, place) => {
      const isPrice = PRICES.has(kind) && problem?.cell === "price";
      const isWrong = isPrice || (kind && problem?.cell === kind);
      made.append(element("td", `${FIGURES.has(kind) ? "r" : ""} ${isWrong ? "wrong" : ""}`, row.cells[place] ?? ""));
    });
    made.append(element("td", "product", this.product(row)), this.result(row, problem));
    return made;
  }

  /** Draws the product that a row means; where it may be one of several, or is not exact, it is chosen here. */
  product(row) {
    if (row.product) return called(row.product);
    if (row.fault === "several") return this.oneOf(row);
    if (row.fault === "unknown" && !row.given.number) return this.searched(row);
    return row.fault === "discontinued" ? called(row.found[0]) : "";
  }

  oneOf(row) {
    const select = element("select", "form-select ask");
    select.append(new Option("", ""), ...row.found.map((one, at) => new Option(called(one), at)));
    select.setAttribute("aria-label", filled(this.texts.chooseFor, { what: row.words }));
    select.addEventListener("change", () => {
      row.choose(row.found[Number(select.value)]);
      this.draw();
    });
    return select;
  }

  searched(row) {
    const input = element("input", "form-control ask");
    input.setAttribute("aria-label", filled(this.texts.chooseFor, { what: row.words }));
    input.placeholder = this.texts.productHint;
    const search = new Combobox(input, {
      width: 420,
      source: (query, signal) => this.lines.search(query, signal),
      draw: (item) => this.lines.drawProduct(item),
      text: called,
      picked: (item) => {
        row.choose(item);
        this.draw();
      },
    });
    search.show("");
    return input;
  }

  result(row, problem) {
    if (!problem) {
      const { difference } = row;
      const note = difference ? element("span", "red", filled(this.texts.differs, { by: money(difference) })) : "";
      return element("td", "result", row.shownAmount(), " ", note);
    }
    const cell = element("td", `result ${problem.isDoubt ? "doubt" : "stop"}`, element("span", "", problem.text));
    for (const answer of [problem.answer, problem.other].filter(Boolean)) {
      const button = element("button", "lk", answer.text);
      button.type = "button";
      button.addEventListener("click", () => {
        answer.act();
        this.draw();
      });
      cell.append(" ", button);
    }
    return cell;
  }

  /** Draws the questions about the table as a whole. */
  questions() {
    const { texts } = this;
    const asked = [];
    if (this.isAsked && !this.table.hasHeading) asked.push(this.question(texts.noHeading));
    const place = this.kinds.indexOf("price");
    if (place >= 0) {
      const what = this.table.headings[place] || texts.columns.gross;
      const answer = (kind, text) => {
        const button = element("button", "btn", text);
        button.type = "button";
        button.addEventListener("click", () => this.say(place, kind));
        return button;
      };
      const buttons = [answer("gross", texts.withTax), answer("net", texts.withoutTax)];
      asked.push(this.question(filled(texts.isTaxed, { what }), ...buttons));
    }
    return asked;
  }

  question(text, ...buttons) {
    return element("div", "note wait", element("div", "", text), element("div", "acts", ...buttons));
  }

  foot(good, problems) {
    const { texts } = this;
    const stops = problems.filter((problem) => problem && !problem.isDoubt).length;
    const doubts = problems.filter((problem) => problem?.isDoubt).length;
    const told = filled(texts.counts, { good: good.length, stops, doubts });
    const button = (text, act, classes = "btn") => {
      const made = element("button", classes, text);
      made.type = "button";
      made.addEventListener("click", act);
      return made;
    };
    const all = button(texts.enterAll, () => this.enter(true));
    all.hidden = !stops && !doubts;
    const only = button(filled(texts.enterGood, { n: good.length }), () => this.enter(false), "btn btn-primary");
    only.append(" ", element("kbd", "", "Ctrl Enter"));
    only.disabled = !good.length;
    all.disabled = Boolean(this.failure);
    const acts = element("div", "acts", button(texts.cancel, () => this.dialog.close()), all, only);
    return element("footer", "", element("span", "mut", told), acts);
  }

  // Entering

  /** Turns rows into lines; those with problems only when they are wanted, with the problem shown below them. */
  enter(withProblems) {
    const { rows, lines } = this;
    const wanted = rows.map((row) => [row, row.problem()]).filter(([, problem]) => withProblems || !problem);
    if (!wanted.length || this.failure) return;
    this.remembered.keep(this.kinds.map((kind) => (kind === "price" ? this.kindOfPrice : kind)));
    this.dialog.close();
    let last = this.after;
    for (const [row, problem] of wanted) {
      last = last === this.after && last.isBlank ? last : lines.add(last);
      last.enter(row, problem);
    }
    lines.changed();
    lines.focus(last, lines.after(lines.named) ?? lines.named);
    const left = rows.length - wanted.length;
    if (left) window.Toast?.(filled(this.texts.leftRows, { n: left }), "wait");
  }
}
