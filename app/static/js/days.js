// Dates typed quickly: 20261220, 1220, 12-20, 20 or +30. On a touch screen the phone's own calendar is used instead.

const iso = (day) => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

function valid(year, month, date) {
  const day = new Date(year, month - 1, date);
  return year >= 1900 && year < 2200 && day.getMonth() === month - 1 && day.getDate() === date ? day : undefined;
}

/** What was typed as yyyy-mm-dd; undefined when it is no day. A day without its year or month is the next one. */
export function dayOf(text, base = new Date()) {
  const typed = text.normalize("NFKC").trim().replace(/[年月/.]/g, "-").replace(/日$/, "");
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
    const day = [0, 1].map((more) => valid(today.getFullYear() + more, month, date)).find((found) => found && found >= today);
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

/** Let `data-day` inputs take short dates; `base()` is the day that +30 counts from. */
export function takeDays(root, base = () => new Date()) {
  const touch = matchMedia("(pointer: coarse)").matches;
  for (const input of root.querySelectorAll("input[data-day]")) {
    if (touch) {
      input.type = "date";
      continue;
    }
    input.addEventListener("change", () => {
      const day = input.value.trim() ? dayOf(input.value, base(input)) : "";
      if (day !== undefined) input.value = day;
    });
  }
}
