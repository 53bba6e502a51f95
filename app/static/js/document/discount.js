// The trade writes a discount as 0.9, 9折, 85折, 90 or 90%: each says which part of the list price is paid.

import { divided, narrow, units } from "./exact.js";

const PLACES = 6;
export const WHOLE = 1000000n; // The whole list price; a discount is counted in millionths of it.
export const LEAST = WHOLE / 2n; // What is paid less than this of is asked about.

// How a number is read, by the largest that is read so: as it is, in tenths (折) or in hundredths of the list price.
const HUNDREDTHS = [[100n * WHOLE, 100n]];
const TENTHS = [[10n * WHOLE, 10n], ...HUNDREDTHS]; // 85折 is 85 hundredths, as it is spoken.
const BARE = [[WHOLE, 1n], [10n * WHOLE - 1n, 10n], ...HUNDREDTHS];
const DIGITS = "零一二三四五六七八九";

/** Returns 85 for 八五, the digits as they are spoken before 折. */
function figures(text) {
  return [...text.replace("点", ".")].map((one) => (DIGITS.includes(one) ? DIGITS.indexOf(one) : one)).join("");
}

/** Returns the part of the list price that a number says; undefined above the end of the table. */
function partOf(number, table) {
  const row = table.find(([most]) => number <= most);
  return row && divided(number, row[1]);
}

/**
 * Null for nothing, {fault: "unreadable"} for what is no discount, {fault: "above"} for more than the list price;
 * otherwise {value}, and with `asks` what else it may have meant, when it is too odd to be taken unasked.
 */
export function readDiscount(text) {
  const typed = narrow(text).replace(/\s/g, "").replace(/^打/, "");
  if (typed === "") return null;
  const [, before, sign] = /^(.*?)(折|%?)$/.exec(typed);
  const number = units(sign === "折" ? figures(before) : before, PLACES);
  if (number === null || number === undefined || number < 0n) return { fault: "unreadable" };
  const value = partOf(number, { 折: TENTHS, "%": HUNDREDTHS }[sign] ?? BARE);
  if (value === undefined || value > WHOLE) return { fault: "above" };
  if (!sign && number === WHOLE) return { value, asks: [WHOLE, WHOLE / 10n] };
  return value < LEAST ? { value, asks: [value] } : { value };
}

/** Returns the price that such a part makes of a list price, rounded to its places. */
export function priceAt(listPrice, part) {
  return divided(listPrice * part, WHOLE);
}

/** Returns a part as percent with two places at most: 965000n → "96.5%". */
export function percentOf(part) {
  const hundredths = divided(part, 100n);
  const text = `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`;
  return `${text.replace(/\.?0+$/, "")}%`;
}

/** Returns the part of the list price that a price is; undefined where there is no list price. */
export function partPaid(price, listPrice) {
  return listPrice && price !== null && price !== undefined ? divided(price * WHOLE, listPrice) : null;
}
