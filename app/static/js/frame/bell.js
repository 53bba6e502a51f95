// The bell asks what waits, at most once a minute unless something was just done, and shows it in the menu too.
"use strict";
(function () {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  const REST = 60000; // ms between two questions
  const KEY = `waiting ${bell.dataset.who}`;
  const badge = bell.querySelector("summary .n");
  const list = bell.querySelector("[data-bell-items]");
  const none = bell.querySelector(".none");

  function kept() {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEY));
      return found && Date.now() - found.at < REST ? found : null;
    } catch (_) { return null; }
  }

  function forget() {
    try { sessionStorage.removeItem(KEY); } catch (_) { /* storage may be switched off */ }
  }

  function number(count) {
    const mark = document.createElement("span");
    mark.className = "n";
    mark.textContent = typeof count === "number" && count > 99 ? "99+" : String(count);
    return mark;
  }

  function show(told) {
    badge.hidden = !told.sum;
    badge.textContent = told.sum > 99 ? "99+" : String(told.sum);
    none.hidden = told.items.length > 0;
    list.replaceChildren(...told.items.map((item) => {
      const link = document.createElement("a");
      link.href = item.href;
      link.append(item.label, number(item.count));
      return link;
    }));
    document.querySelectorAll("#side a").forEach((entry) => {
      entry.querySelectorAll(".n").forEach((old) => old.remove());
      const count = told.menu[entry.getAttribute("href")];
      if (count) entry.append(number(count));
    });
  }

  async function ask() {
    const known = kept();
    if (known) { show(known.told); return; }
    try {
      const answer = await fetch(bell.dataset.bell, { headers: { Accept: "application/json" } });
      if (!answer.ok || !(answer.headers.get("Content-Type") || "").includes("json")) return;
      const told = await answer.json();
      try { sessionStorage.setItem(KEY, JSON.stringify({ at: Date.now(), told })); } catch (_) { /* as above */ }
      show(told);
    } catch (_) { /* offline: the next focus asks again */ }
  }

  if (document.querySelector("#toasts .note, main > .note[role=status]")) forget(); // something was just done
  document.addEventListener("submit", (event) => { if (event.target.method === "post") forget(); });
  window.addEventListener("focus", ask);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  setInterval(() => { if (!document.hidden) ask(); }, REST);
  ask();
})();
