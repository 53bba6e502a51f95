// Dates may be typed as 20261220, 1220, 12-20, 20 or +30. A touch screen uses the phone's own calendar instead.

import { element } from "./combobox.js";
import { refuse } from "./refusals.js";
import { narrow } from "../document/exact.js";
import { texts } from "../frame/texts.js";

const two = (number) => String(number).padStart(2, "0");
const iso = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;

function valid(year, month, date) {
  const day = new Date(year, month - 1, date);
  return year >= 1900 && year < 2200 && day.getMonth() === month - 1 && day.getDate() === date ? day : undefined;
}

/** Returns the typed day as yyyy-mm-dd; undefined when it is no day. A day without year or month is the next one. */
export function dayOf(text, base = new Date()) {
  const typed = narrow(text).trim().replace(/[年月/.]/g, "-").replace(/日$/, "");
  const later = /^\+(\d{1,4})$/.exec(typed);
  if (later) return iso(new Date(base.getFullYear(), base.getMonth(), base.getDate() + Number(later[1])));
  const whole = /^(\d{4})-?(\d{1,2})-?(\d{1,2})$/.exec(typed);
  if (whole) {
    const day = valid(...whole.slice(1).map(Number));
    return day && iso(day);
  }
  const today = new Date(base.getFullYear(), base.getMonth(), base.getDate());
  const short = /^(\d{1,2})-(\d{1,2})$/.exec(typed) ?? /^(\d{2})(\d{2})$/.exec(typed);
  if (short) {
    const [month, date] = short.slice(1).map(Number);
    const days = [0, 1].map((more) => valid(today.getFullYear() + more, month, date));
    const day = days.find((one) => one && one >= today);
    return day && iso(day);
  }
  if (/^\d{1,2}$/.test(typed)) {
    for (let more = 0; more < 13; more += 1) {
      const first = new Date(today.getFullYear(), today.getMonth() + more, 1);
      const day = valid(first.getFullYear(), first.getMonth() + 1, Number(typed));
      if (day && day >= today) return iso(day);
    }
  }
  return undefined;
}

const ISO = /^\d{4}-\d\d-\d\d$/;
const IS_TOUCH = matchMedia("(pointer: coarse)").matches;

/** Writes the typed day in full, or refuses it beside the field and leaves it as it is. */
function settle(input, base) {
  const typed = input.value.trim();
  const day = typed ? dayOf(typed, base(input)) : "";
  if (day !== undefined) input.value = day;
  refuse(input, day === undefined ? texts.badDay : "");
}

/** Adds a button that opens the browser's own calendar, through a hidden date input. */
function addCalendar(input, base) {
  const native = Object.assign(element("input", "visually-hidden"), {
    type: "date", tabIndex: -1, min: "1900-01-01", max: "2199-12-31",
  });
  native.setAttribute("aria-hidden", "true");
  const button = Object.assign(element("button", "calendar"), {
    type: "button", tabIndex: -1, title: `${texts.pickDay} (Alt+↓)`,
  });
  button.dataset.calendar = "";
  button.setAttribute("aria-label", texts.pickDay);
  const open = () => {
    const day = dayOf(input.value, base(input));
    native.value = day ?? "";
    try {
      native.showPicker();
    } catch (error) {
      native.focus(); // a browser that opens no calendar by itself
    }
  };
  button.addEventListener("click", open);
  input.addEventListener("keydown", (event) => {
    if (event.altKey && event.key === "ArrowDown") {
      event.preventDefault();
      open();
    }
  });
  native.addEventListener("change", () => {
    input.value = native.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
  const box = element("span", "day");
  input.replaceWith(box);
  box.append(input, button, native);
}

/** Lets `data-day` inputs take short dates and offer a calendar; `base(input)` is the day that +30 counts from. */
export function takeDays(root, base = () => new Date()) {
  for (const input of root.querySelectorAll("input[data-day]:not([data-taken])")) {
    input.dataset.taken = "";
    if (IS_TOUCH && (!input.value || ISO.test(input.value))) {
      input.type = "date"; // the phone's own calendar alone
      continue;
    }
    input.addEventListener("change", () => settle(input, base));
    input.addEventListener("settle", () => settle(input, base));
    addCalendar(input, base);
  }
}

/** Reads every date of a form that is about to be sent, for keys that save leave no field before. */
export function settleDays(form) {
  for (const input of form.querySelectorAll("input[data-taken]")) input.dispatchEvent(new Event("settle"));
}
