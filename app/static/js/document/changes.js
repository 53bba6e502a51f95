// The note of a conflict says what somebody else has done to the lines since this page was opened.

import { PRICE, QUANTITY, plain, priceText, units } from "./exact.js";
import { filled } from "../frame/texts.js";

const SHOWN = {
  quantity: (text) => plain(units(text, QUANTITY), QUANTITY, true),
  price: (text) => priceText(units(text, PRICE), 2),
  rate: (text) => `${Number((Number(text) * 100).toFixed(2))}%`,
};

function shown({ kind, options }, text) {
  if (text === "" || text === undefined || text === null) return "—";
  if (kind === "choice") return options.find(([value]) => value === text)?.[1] ?? text;
  return (SHOWN[kind] ?? String)(text);
}

/**
 * Texts, one per line that was changed, removed or added.
 * before, now  the lines as the server shows them; columns  the cells of a line
 */
export function linesChanged(before, now, columns, texts) {
  const { name: product } = columns.find(({ kind }) => kind === "product");
  const compared = columns.filter(({ kind }) => !["product", "discount", "amount", "stock"].includes(kind));
  const called = (line) => `${line[product].name} ${line[product].model}`.trim();
  const left = new Map(now.map((line) => [line.id, line]));
  const told = [];
  for (const line of before) {
    const other = left.get(line.id);
    left.delete(line.id);
    if (!other) {
      told.push(filled(texts.lineRemoved, { what: called(line) }));
      continue;
    }
    const parts = compared
      .map((column) => [column.label, shown(column, line[column.name]), shown(column, other[column.name])])
      .filter(([, was, is]) => was !== is)
      .map(([label, was, is]) => `${label} ${was} → ${is}`);
    if (line[product].id !== other[product].id) parts.unshift(called(other));
    if (parts.length) told.push(filled(texts.lineChanged, { what: called(line), how: parts.join("，") }));
  }
  for (const line of left.values()) {
    const counted = compared.find((column) => column.counts);
    told.push(filled(texts.lineAdded, { what: called(line), n: counted ? shown(counted, line[counted.name]) : "—" }));
  }
  return told;
}

/** Lines that somebody else has removed meanwhile are new ones when they are sent again. */
export function disown(lines, now) {
  const known = new Set(now.map((line) => line.id));
  for (const line of lines) if (!known.has(line.id)) line.id = null;
  return lines;
}
