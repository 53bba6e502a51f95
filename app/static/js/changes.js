// What somebody else has done to the lines of a document since this page was opened, for the note of a conflict.

import { PRICE, QUANTITY, fixed, plain, units } from "./exact.js";
import { filled } from "./texts.js";

const FIGURES = [
  ["quantity", (text) => plain(units(text, QUANTITY), QUANTITY, true)],
  ["unit_price", (text) => fixed(units(text, PRICE), PRICE).replace(/(\.\d\d)00$/, "$1")],
  ["tax_rate", (text) => `${Number((Number(text) * 100).toFixed(2))}%`],
];

const named = (line) => `${line.product.name} ${line.product.model}`.trim();

/** Texts, one per line that was changed, removed or added; `before` and `now` as the server shows lines to the grid. */
export function linesChanged(before, now, texts) {
  const left = new Map(now.map((line) => [line.id, line]));
  const told = [];
  for (const line of before) {
    const other = left.get(line.id);
    left.delete(line.id);
    if (!other) {
      told.push(filled(texts.lineRemoved, { what: named(line) }));
      continue;
    }
    const parts = FIGURES.map(([name, shown]) => [texts[`of_${name}`], shown(line[name]), shown(other[name])])
      .filter(([, was, is]) => was !== is)
      .map(([label, was, is]) => `${label} ${was} → ${is}`);
    if (line.product.id !== other.product.id) parts.unshift(named(other));
    if (parts.length) told.push(filled(texts.lineChanged, { what: named(line), how: parts.join("，") }));
  }
  for (const line of left.values()) told.push(filled(texts.lineAdded, { what: named(line), n: FIGURES[0][1](line.quantity) }));
  return told;
}

/** Lines that somebody else has removed meanwhile are new ones when they are sent again. */
export function disown(lines, now) {
  const known = new Set(now.map((line) => line.id));
  for (const line of lines) if (!known.has(line.id)) line.id = null;
  return lines;
}
