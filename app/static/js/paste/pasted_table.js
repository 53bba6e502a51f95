// A table copied from a spreadsheet has cells, a heading row, and columns of known kinds.

import { readDiscount } from "../document/discount.js";
import { PRICE, narrow, units } from "../document/exact.js";

// What a column may hold → how people head it. The first that fits wins: a price says more when it says which.
const HEADINGS = [
  ["serial", /^(序号|行号|项次|行|#|no\.?)$/],
  ["number", /^(产品|商品|货品|物料|存货)?(编号|编码|代码|货号|品号|料号)$/],
  ["model", /^(产品|商品)?(型号|规格|规格型号|型号规格)$/],
  ["name", /^(产品|商品|货品|货物|物料)?(名称|品名)$/],
  ["text", /^(产品|商品|货品|货物)$/],
  ["quantity", /^(订货|订购|采购|销售|需求)?(数量|件数)$/],
  ["unit", /^(计量)?单位$/],
  ["net", /^(未税|不含税|去税|无税).*(单?价)$/],
  ["gross", /^(含税|价税).*(单?价)$/],
  ["price", /^(销售|采购|成交)?(单价|价格|售价)$/],
  ["discount", /^(折扣|折|折率|折扣率)$/],
  ["amount", /^(含税|价税|总)?(金额|合计|总价|小计|合计金额|总金额)$/],
  ["rate", /^税率$/],
  ["remark", /^(备注|说明)$/],
];
const TOTAL = /^(合计|总计|小计|共计|总额|本页小计|合计金额)/;
const FIRST_ROWS = 10; // A heading stands among these.

const plain = (text) => narrow(text).replace(/[\s*:]/g, "").toLowerCase();

/** Returns the rows of a clipboard's text; a cell in quotation marks may hold tabs and lines. */
export function cellsOf(text) {
  const rows = [[""]];
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    const row = rows.at(-1);
    if (isQuoted && one === '"' && text[at + 1] === '"') at += 1;
    else if (one === '"' && (isQuoted || row.at(-1) === "")) {
      isQuoted = !isQuoted;
      continue;
    } else if (!isQuoted && one === "\t") {
      row.push("");
      continue;
    } else if (!isQuoted && (one === "\n" || one === "\r")) {
      if (one === "\n") rows.push([""]);
      continue;
    }
    row[row.length - 1] += one;
  }
  return rows.map((row) => row.map((cell) => cell.trim()));
}

/** Returns what a heading says its column holds: a word of ours, or the name of another cell by its label. */
function headed(text, labels) {
  const whole = plain(text);
  if (!whole) return undefined;
  const bare = whole.replace(/[（(].*?[)）]/g, "");
  const said = /\((未税|不含税|含税)\)/.exec(whole)?.[1] ?? "";
  const found = HEADINGS.find(([, pattern]) => pattern.test(said + bare) || pattern.test(bare));
  return found?.[0] ?? labels.get(bare);
}

/** Returns the place of the heading: the first row most of whose cells say what they hold. */
function headingAt(rows, labels) {
  return rows.slice(0, FIRST_ROWS).findIndex((row) => {
    const filled = row.filter(Boolean);
    const known = filled.filter((cell) => headed(cell, labels)).length;
    return known >= 2 ? known * 2 >= filled.length : known === 1 && filled.length === 1 && rows.length > 1;
  });
}

const share = (cells, test) => (cells.length ? cells.filter(test).length / cells.length : 0);
const isNumber = (text) => units(text, PRICE) !== undefined;
const isDiscount = (text) => /折|%|％/.test(text) && readDiscount(text)?.value !== undefined;
const isCode = (text) => /^[a-z]{0,5}[-_]?\d{3,}\w*$/i.test(narrow(text));
const isCounted = (cells) => cells.length > 1 && cells.every((cell, at) => Number(cell) === Number(cells[0]) + at);

/** Guesses what the columns of a table without headings hold, to be checked by the person. */
function guessed(rows, width) {
  const found = [];
  const has = (kind) => found.includes(kind);
  for (let at = 0; at < width; at += 1) {
    const cells = rows.map((row) => row[at] ?? "").filter(Boolean);
    if (!cells.length) found.push("");
    else if (share(cells, isDiscount) > 0.5) found.push("discount");
    else if (share(cells, isNumber) > 0.6 && !(at === 0 && share(cells, isCode) > 0.6)) {
      const isSerial = at === 0 && isCounted(cells) && width > 2;
      const next = ["quantity", "price", "amount"].find((kind) => !has(kind)) ?? "";
      found.push(isSerial ? "serial" : next);
    } else if (!has("number") && !has("text") && share(cells, isCode) > 0.5) found.push("number");
    else if (share(cells, (cell) => cell.length <= 2) > 0.6) found.push("unit");
    else found.push(["name", "model", "remark"].find((kind) => !has(kind)) ?? "");
  }
  const texts = found.filter((kind) => ["number", "name"].includes(kind)).length;
  return texts === 1 && has("name") && !has("model") ? found.map((kind) => (kind === "name" ? "text" : kind)) : found;
}

/** Tidies the kinds of the columns: two cannot hold the same, and prices come with tax or without. */
function once(kinds) {
  const seen = new Set();
  return kinds.map((kind) => {
    const alike = ["gross", "net", "price"].includes(kind) ? "gross" : kind;
    if (seen.has(alike)) return "";
    if (alike) seen.add(alike);
    return kind ?? "";
  });
}

/**
 * Returns the table of a clipboard: {rows: [{at, cells}], headings, kinds, hasHeading, left: {titles, totals, blank}}.
 * labels  label of another cell of the lines → its name
 */
export function readTable(text, labels = new Map()) {
  const all = cellsOf(text).map((cells, at) => ({ at: at + 1, cells }));
  const filled = all.filter(({ cells }) => cells.some(Boolean));
  const heading = headingAt(filled.map(({ cells }) => cells), labels);
  const width = Math.max(0, ...filled.map(({ cells }) => cells.length));
  const head = filled[heading];
  const headings = head ? [...head.cells, ...Array(width - head.cells.length).fill("")] : Array(width).fill("");
  const isTitle = ({ cells }) => width > 2 && cells.filter(Boolean).length === 1;
  const begin = head ? heading + 1 : Math.max(0, filled.findIndex((row) => !isTitle(row)));
  const body = filled.slice(begin).filter(({ cells }) => !head || cells.join("\t") !== head.cells.join("\t"));
  const isTotal = ({ cells }) => TOTAL.test(plain(cells.find(Boolean) ?? ""));
  const rows = body.filter((row) => !isTotal(row));
  const kinds = head
    ? headings.map((cell) => headed(cell, labels) ?? "")
    : guessed(rows.map(({ cells }) => cells), width);
  const left = { titles: head ? heading : begin, totals: body.length - rows.length, blank: all.length - filled.length };
  const said = { hasHeading: Boolean(head), headingRow: head?.at, total: all.length, left };
  return { rows, headings, kinds: once(kinds), ...said };
}
