// This tab keeps the rows of the list a record is opened from; its page leads on to the one before and after.
"use strict";
document.addEventListener("click", (event) => {
  const link = event.target.closest("main a[href]");
  const base = link && /^\/\w+\/show\/(?=\d+$)/.exec(link.getAttribute("href"));
  if (!base) return;
  const rows = [];
  (link.closest("table, ul, ol") || document).querySelectorAll(`a[href^="${base[0]}"]`).forEach((other) => {
    const path = other.getAttribute("href");
    if (!rows.includes(path)) rows.push(path);
  });
  if (link.closest("[data-walk], .note")) return; // a step along the trail is no new one
  try {
    sessionStorage.setItem("trail", JSON.stringify({ list: location.pathname + location.search, rows }));
  } catch (error) { /* storage may be switched off */ }
}, true);
