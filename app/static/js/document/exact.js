// Whole units in BigInt make arithmetic exact here, in the same way as Decimal does on the server.
// Amounts are only shown; the server's are final.

export const MONEY = 2;
export const QUANTITY = 3;
export const PRICE = 6;
export const RATE = 4;
const WHOLE_RATE = 10n ** BigInt(RATE);
const LARGEST_DIGITS = 12;
const LONGEST_NUMERAL = 40;
const HIDDEN = /\p{Default_Ignorable_Code_Point}/gu;
const SPACE = "[ \\t\\r\\n\\u00a0\\u2000-\\u200a\\u202f\\u205f]";
// Commas and spaces may stand between groups of three digits.
const DIGITS = `[0-9]{1,3}(?:(?:,|${SPACE})[0-9]{3})+|[0-9]*`;
const NUMERAL = new RegExp(
  `^${SPACE}*([-+]?)${SPACE}*¥?${SPACE}*([-+]?)${SPACE}*(${DIGITS})(\\.[0-9]*)?${SPACE}*$`,
);

/** Returns the text with full-width signs as those of ASCII, and without characters that nobody sees. */
export function narrow(text) {
  return String(text ?? "")
    .replace(HIDDEN, "")
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, " ")
    .replace(/\uffe5/g, "¥");
}

/** Returns a written number as [minus or nothing, digits, fraction]; null for none. core/text.py reads alike. */
function numeralIn(text) {
  const plain = narrow(text).replace(/[。｡]/g, ".").replace(/[\u2212\ufe63\u2013]/g, "-");
  const found = [...plain].length <= LONGEST_NUMERAL ? NUMERAL.exec(plain) : null;
  if (!found || (found[1] && found[2])) return null;
  const [digits, fraction] = [found[3].replace(/[^0-9]/g, ""), (found[4] ?? "").slice(1)];
  return digits || fraction ? [found[1] === "-" || found[2] === "-" ? "-" : "", digits, fraction] : null;
}

/** Returns a text as whole units of 10**-places: null for nothing, undefined for what is no such number. */
export function units(text, places) {
  if (narrow(text).trim() === "") return null;
  const found = numeralIn(text);
  if (!found) return undefined;
  const [sign, digits] = [found[0], found[1].replace(/^0+/, "")];
  const fraction = found[2].replace(/0+$/, "");
  if (digits.length > LARGEST_DIGITS || fraction.length > places) return undefined;
  const whole = BigInt(digits + fraction.padEnd(places, "0"));
  return sign ? -whole : whole;
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

/** Returns a price with four places, or as many as it has: 12500000n → "12.5000"; with `fewest` 2 → "12.50". */
export function priceText(value, fewest = 4) {
  const text = fixed(value, PRICE);
  const spare = /0*$/.exec(text)[0].length;
  return text.slice(0, text.length - Math.min(spare, PRICE - fewest));
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

/** Returns the cents of a quantity (3 places) at a unit price (6 places), with tax; each part is rounded once. */
export function amountOf(quantity, price, rate, isNet) {
  const amount = divided(quantity * price, 10n ** BigInt(QUANTITY + PRICE - MONEY));
  return isNet ? amount + divided(amount * rate, WHOLE_RATE) : amount;
}

/** Returns a price with tax, from one that is written with tax or without. */
export function withTax(price, rate, isNet) {
  return isNet ? divided(price * (WHOLE_RATE + rate), WHOLE_RATE) : price;
}

/** Returns a price that includes tax as it is written here: with tax or without. */
export function asWritten(price, rate, isNet) {
  return isNet ? divided(price * WHOLE_RATE, WHOLE_RATE + rate) : price;
}

/** Returns the parts of a total in proportion to these values, cut from the running total as core/money.py does. */
export function shares(total, values) {
  const whole = values.reduce((sum, value) => sum + value, 0n);
  let [seen, given] = [0n, 0n];
  return values.map((value) => {
    seen += value;
    const upto = whole ? divided(total * seen, whole) : 0n;
    const part = upto - given;
    given = upto;
    return part;
  });
}

/** Returns the cents of tax contained in a tax-inclusive amount; the rate has 4 places. */
export function taxIn(amount, rate) {
  return divided(amount * rate, WHOLE_RATE + rate);
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
