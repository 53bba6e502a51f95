// The smart payment plan shows its instalments while one types. Their sum is the order's total to the cent.

import { element } from "../form/combobox.js";
import { dayOf, takeDays } from "../form/days.js";
import { MONEY, RATE, instalmentsOf, money, narrow, units } from "../document/exact.js";

const form = document.getElementById("plan");
if (form) start(JSON.parse(document.getElementById("plan-setup").textContent));

function start(setup) {
  const { texts } = setup;
  const dialog = form.closest("dialog");
  const rows = form.querySelector("[data-preview]");
  const total = units(setup.total, MONEY);
  const typed = (name) => form.elements.namedItem(name).value.trim();

  function laterDay(first, days) {
    const [year, month, date] = first.split("-").map(Number);
    const day = new Date(Date.UTC(year, month - 1, date + days));
    return day.toISOString().slice(0, 10);
  }

  function whole(name, lowest, highest) {
    const number = Number(units(typed(name), 0) ?? NaN);
    return number >= lowest && number <= highest ? number : undefined;
  }

  function ratios() {
    const parts = narrow(typed("ratios")).split(/[\s,、/:%]+/).filter(Boolean);
    return parts.length ? parts : null;
  }

  /** Returns what was typed, or the name and text of what is wrong with it. */
  function wanted() {
    const parts = ratios();
    const instalments = whole("instalments", 1, 60);
    if (instalments === undefined) return { fault: ["instalments", texts.count] };
    const first = dayOf(typed("first_on"));
    if (!first) return { fault: ["first_on", texts.day] };
    const interval = whole("interval_days", 0, 3660);
    if (interval === undefined) return { fault: ["interval_days", texts.interval] };
    const shares = parts && parts.map((part) => units(part, RATE));
    if (shares?.some((share) => !share)) return { fault: ["ratios", texts.ratios] };
    const amounts = instalmentsOf(total, instalments, shares);
    if (!amounts) return { fault: shares ? ["ratios", texts.ratios] : ["instalments", texts.small] };
    const days = amounts.map((_, at) => laterDay(first, interval * at));
    return { amounts, days, instalments, first, interval, parts };
  }

  function refuse(name, text) {
    form.querySelectorAll(".err").forEach((old) => old.remove());
    form.querySelectorAll(".field.bad").forEach((old) => old.classList.remove("bad"));
    form.querySelector("[data-refused]").replaceChildren();
    if (!text) return;
    const box = name && form.elements.namedItem(name)?.closest(".field");
    if (box) {
      box.classList.add("bad");
      box.append(element("div", "err", text));
    } else {
      form.querySelector("[data-refused]").append(element("div", "note stop", text));
    }
  }

  function preview() {
    const parts = ratios();
    const counter = form.elements.namedItem("instalments");
    if (parts && document.activeElement?.name === "ratios") counter.value = parts.length;
    const plan = wanted();
    refuse(...(plan.fault ?? []));
    rows.replaceChildren();
    form.querySelector("[data-sum]").textContent = "";
    if (plan.fault) return;
    plan.amounts.forEach((amount, at) => {
      const day = element("td", "nb", plan.days[at]);
      rows.append(element("tr", "", element("td", "", `${at + 1}`), day, element("td", "r", money(amount))));
    });
    form.querySelector("[data-sum]").textContent = money(plan.amounts.reduce((sum, amount) => sum + amount, 0n));
  }

  async function send() {
    const plan = wanted();
    refuse(...(plan.fault ?? []));
    if (plan.fault) {
      form.elements.namedItem(plan.fault[0]).focus();
      return;
    }
    const button = form.querySelector(".btn-primary");
    button.disabled = true;
    const body = {
      instalments: plan.instalments, first_on: plan.first, interval_days: plan.interval,
      form_token: typed("form_token"),
    };
    if (plan.parts) body.ratios = plan.parts;
    try {
      const answer = await fetch(setup.to, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": typed("csrf_token") },
        body: JSON.stringify(body),
      });
      const found = await answer.json();
      if (answer.ok) {
        const to = new URL(found.to, location.href);
        const isHere = to.pathname === location.pathname && to.search === location.search;
        location.replace(to);
        if (isHere) location.reload(); // another place in the same page would not fetch it anew
        return;
      }
      refuse(found.reasons?.[0]?.field, found.message);
    } catch (error) {
      refuse(null, texts.failed);
    }
    button.disabled = false;
  }

  takeDays(form);
  form.addEventListener("input", preview);
  form.addEventListener("change", preview);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  dialog.addEventListener("close", () => {
    if (new URLSearchParams(location.search).has("plan")) history.replaceState(null, "", location.pathname);
  });
  preview();
  if (dialog.hasAttribute("data-open")) {
    if (!dialog.open) dialog.showModal();
    form.elements.namedItem("instalments").select();
  }
}
