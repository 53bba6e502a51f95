// Whole units in BigInt make arithmetic exact here, in the same way as Decimal does on the server.
// Amounts are only shown; the server's are final.

export const MONEY = 2;
export const QUANTITY = 3;
export const PRICE = 4;
export const RATE = 4;
const LARGEST_DIGITS = 12;

/** Returns a text as whole units of 10**-places: null for nothing, undefined for what is no such number. */
export function units(text, places) {
  const plain = String(text ?? "").normalize("NFKC").replace(/[\s,¥]/g, "");
  if (plain === "") return null;
  const found = /^(-?)(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!found || (!found[2] && !found[3]) || found[2].length > LARGEST_DIGITS) return undefined;
  const fraction = (found[3] ?? "").replace(/0+$/, "");
  if (fraction.length > places) return undefined;
  const whole = BigInt(found[2] + fraction.padEnd(places, "0"));
  return found[1] ? -whole : whole;
}

/** Returns units with all their places: 12345n, 2 → "123.45"; grouped by thousands when wanted. */
export function fixed(value, places, grouped = false) {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
  let whole = digits.slice(0, digits.length - places);
  if (grouped) whole = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return (value < 0n ? "-" : "") + whole + (places ? "." + digits.slice(-places) : "");
}

/** Returns units without trailing zeros: 2500n, 3 → "2.5". */
export function plain(value, places, grouped = false) {
  return fixed(value, places, grouped).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

export function money(value) {
  return (value < 0n ? "-¥" : "¥") + fixed(value < 0n ? -value : value, MONEY, true);
}

/** Rounds half away from zero, as invoices are rounded in China. */
export function divided(value, by) {
  const half = (value < 0n ? -value : value) * 2n + by;
  const rounded = half / (by * 2n);
  return value < 0n ? -rounded : rounded;
}

/** Returns the cents of a quantity (3 places) at a unit price (4 places), rounded once. */
export function amountOf(quantity, price) {
  return divided(quantity * price, 100000n);
}

/** Returns the cents of tax contained in a tax-inclusive amount; the rate has 4 places. */
export function taxIn(amount, rate) {
  return divided(amount * rate, 10000n + rate);
}

/**
 * Returns the cents per instalment: equal or by ratio (percent, 4 places), cut to the cent; the last takes the rest.
 * Null when the ratios are not one per instalment and 100 in all, or a part would be no cent.
 */
export function instalmentsOf(total, count, ratios = null) {
  const hundred = 100n * 10n ** BigInt(RATE);
  if (ratios && (ratios.length !== count || ratios.reduce((sum, ratio) => sum + ratio, 0n) !== hundred)) return null;
  const parts = [];
  for (let serial = 0; serial < count - 1; serial += 1) {
    parts.push(ratios ? (total * ratios[serial]) / hundred : total / BigInt(count));
  }
  parts.push(total - parts.reduce((sum, part) => sum + part, 0n));
  return parts.some((part) => part <= 0n) ? null : parts;
}
