// A list works by mouse and keys: a row opens where it is clicked, j and k go along, x chooses, [ and ] turn the page.
"use strict";
(function () {
  const form = document.querySelector("form.rows");
  if (!form) return;
  const rows = Array.from(form.querySelectorAll("tbody tr"));
  const boxes = Array.from(form.querySelectorAll("td.ck input"));
  const bar = form.querySelector(".bulk");
  const told = bar.querySelector("[data-chosen]");
  let at = -1;

  const linkOf = (row) => row.querySelector("a");
  const busy = (target) => target.closest("input, textarea, select, [contenteditable], dialog[open], details[open]");

  // Rows: a click anywhere but on something of its own opens what the row leads to

  form.querySelector("tbody").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    const picks = form.classList.contains("picking");
    if (event.target.closest("input, button, label") || String(window.getSelection())) return;
    if (picks) event.preventDefault();
    else if (event.target.closest("a")) return;
    if (picks || event.target.closest("td.ck")) { row.querySelector("td.ck input").click(); return; }
    const link = linkOf(row);
    if (!link) return;
    if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
    else link.click();
  });

  // What does not fit is told under the mouse

  form.querySelector("tbody").addEventListener("mouseover", (event) => {
    const cell = event.target.closest("td");
    if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.innerText.trim();
  });

  function go(to) {
    if (!rows.length) return;
    if (rows[at]) rows[at].classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[at];
    row.classList.add("at");
    (linkOf(row) || row.querySelector("input")).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function turn(rel) {
    const link = document.querySelector(`.pages a[rel=${rel}]`);
    if (link) link.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (busy(event.target) && !event.target.closest("td.ck")) return;
    if (event.key === "j") go(at + 1);
    else if (event.key === "k") go(at - 1);
    else if (event.key === "x" && rows[at]) rows[at].querySelector("td.ck input").click();
    else if (event.key === "]") turn("next");
    else if (event.key === "[") turn("prev");
    else if (event.key === "Escape" && chosen().length) form.reset();
    else return;
    event.preventDefault();
  });

  // Chosen rows: only the steps that lead out of a state among them are offered

  const chosen = () => boxes.filter((box) => box.checked);

  function tell() {
    const picked = chosen();
    form.classList.toggle("choosing", picked.length > 0);
    told.textContent = told.dataset.chosen.replace("{n}", picked.length);
    const states = new Set(picked.map((box) => box.closest("tr").dataset.s));
    bar.querySelectorAll("[data-from]").forEach((button) => {
      const from = button.dataset.from;
      button.hidden = Boolean(from) && !states.has(undefined) && !from.split(" ").some((state) => states.has(state));
    });
    boxes.forEach((box) => box.closest("tr").classList.toggle("chosen", box.checked));
  }

  form.addEventListener("change", tell);
  form.addEventListener("reset", () => setTimeout(tell, 0));
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-ask]");
    if (button && !window.confirm(button.dataset.ask.replace("{n}", chosen().length))) event.preventDefault();
  });

  // On the phone boxes come when they are asked for, and then a tap chooses

  const asker = document.querySelector("[data-choose]");
  function pick(on) {
    form.classList.toggle("picking", on);
    asker.setAttribute("aria-pressed", String(on));
  }
  if (asker) {
    asker.addEventListener("click", () => {
      if (form.classList.contains("picking")) form.reset();
      pick(!form.classList.contains("picking"));
    });
    form.addEventListener("reset", () => pick(false));
  }
  document.querySelectorAll(".listing .filters, .listing .own").forEach((details) => {
    details.addEventListener("click", (event) => {
      if (event.target === details) details.open = false; // The click went beside the sheet.
    });
  });
  window.addEventListener("pageshow", tell); // the browser keeps ticks when people come back
})();
