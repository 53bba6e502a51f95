// These things are odd in a line and can be corrected: a doubtful discount, a part of a whole unit, too little stock.

import { LEAST, WHOLE, partPaid, percentOf, priceAt, readDiscount } from "./discount.js";
import { QUANTITY, plain, units } from "./exact.js";
import { filled } from "../frame/texts.js";

const ONE = 1000n; // One piece, in thousandths.

const told = (line, price) => `¥${line.written(price)}`;

/** Returns the note on a typed discount, {tone, text, cures}, or what it certainly says: {price}. */
export function discountTyped(line, typed, take) {
  const { texts } = line.lines;
  const read = readDiscount(typed);
  if (read === null) return {};
  if (read.fault) return { note: { tone: "stop", text: read.fault === "above" ? texts.aboveList : texts.notDiscount } };
  if (!line.listPrice) return { note: { tone: "stop", text: texts.noListPrice } };
  if (!read.asks) return { price: priceAt(line.listPrice, read.value) };
  const cures = read.asks.map((part) => {
    const price = priceAt(line.listPrice, part);
    const text = filled(texts.takeDiscount, { part: percentOf(part), price: told(line, price) });
    return { text, act: () => take(price) };
  });
  const said = read.asks.length > 1 ? texts.whichDiscount : texts.lowDiscount;
  return { note: { tone: "wait", text: filled(said, { part: percentOf(read.value) }), cures, isOpen: true } };
}

/** Returns the note on an unusual price that nobody typed as a discount; it may be saved. */
export function oddPrice(line) {
  const part = partPaid(line.gross, line.listPrice);
  if (part === null || !line.lines.isSelling || (part >= LEAST && part <= WHOLE)) return undefined;
  const { texts } = line.lines;
  const text = filled(part > WHOLE ? texts.dearer : texts.cheaper, { part: percentOf(part) });
  const act = () => line.takePrice(line.listPrice);
  const cure = { text: filled(texts.takeList, { price: told(line, line.listPrice) }), act };
  return { tone: "stop", text, cures: [cure], isRemark: true };
}

/** Returns what is said of a number below the least that its column may hold; empty where nothing speaks against it. */
export function belowLeast(value, { lowest, isAbove, places, label }, texts) {
  if (lowest === null || value === null || value === undefined) return "";
  const least = units(lowest, places);
  if (value > least || (value === least && !isAbove)) return "";
  return filled(isAbove ? texts.moreThan : texts.atLeast, { field: label, lowest });
}

/** Returns the note on a part of a unit that is counted whole. */
export function notWhole(line, name) {
  const quantity = line.value(name);
  if (!line.product?.whole || !quantity || quantity % ONE === 0n) return undefined;
  const { texts } = line.lines;
  const lower = (quantity / ONE) * ONE;
  const cures = [lower, lower + ONE].filter((one) => one > 0n).map((one) => quantityCure(line, name, one));
  return { tone: "stop", text: filled(texts.wholeUnit, { unit: line.product.unit }), cures };
}

/**
 * More than may be taken from the warehouse: what is there, what of it is promised, and what would do. Where nothing is
 * there at all, the cell of the stock says so already.
 */
export function tooFew(line, name) {
  const { product, lines } = line;
  const quantity = line.value(name);
  if (!lines.isLeaving || !quantity || !product?.available) return undefined;
  const free = units(product.available, QUANTITY);
  const onHand = units(product.on_hand, QUANTITY);
  if (quantity <= free) return undefined;
  const there = free > 0n ? free : 0n;
  const [n, can, promised] = [onHand, there, onHand - free].map((one) => plain(one, QUANTITY, true));
  const said = onHand > free ? lines.texts.promised : lines.texts.tooFew;
  const isGone = onHand <= 0n && free <= 0n;
  const text = isGone ? "" : filled(said, { n, free: can, promised, unit: product.unit });
  return { tone: "wait", text, cures: there > 0n ? [quantityCure(line, name, there)] : [] };
}

function quantityCure(line, name, quantity) {
  const text = filled(line.lines.texts.takeQuantity, { n: plain(quantity, QUANTITY), unit: line.product.unit });
  return { text, act: () => line.takeQuantity(name, quantity) };
}
