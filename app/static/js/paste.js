// Rows copied from a spreadsheet: texts that name the product, then quantity and, if given, price.

import { PRICE, units } from "./exact.js";

const isNumber = (text) => units(text, PRICE) !== undefined;

function cellsOf(row) {
  return row.split("\t").map((text) => {
    const cell = text.trim();
    return /^".*"$/.test(cell) ? cell.slice(1, -1).replaceAll('""', '"') : cell;
  });
}

/** The first column always names the product; figures begin where everything to the right is a number. */
function readRow(cells) {
  let first = cells.length;
  while (first > 1 && isNumber(cells[first - 1])) first -= 1;
  const texts = cells.slice(0, first).filter(Boolean);
  const names = [texts[0], texts.slice(0, 2).join(" "), texts.slice(1, 3).join(" "), texts[1]];
  return {
    names: [...new Set(names.filter(Boolean))],
    quantity: cells[first] ?? "",
    price: cells[first + 1] ?? "",
  };
}

/** Text of the clipboard as rows {names, quantity, price}; a heading without figures is left out. */
export function readRows(text) {
  const rows = text.split(/\r?\n/).map(cellsOf).filter((cells) => cells.some(Boolean));
  const hasFigures = (cells) => cells.slice(1).some((cell) => cell && isNumber(cell));
  if (rows.length > 1 && rows[0].length > 1 && !hasFigures(rows[0]) && hasFigures(rows[1])) rows.shift();
  return rows.map(readRow).filter((row) => row.names.length);
}
