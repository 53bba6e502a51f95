// The frame around every page shows passing notes, the map of keys, and a thin line while a page is loading.
"use strict";
(function () {
  const body = document.body;
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const STAYS = 7000; // ms a passing note can be read
  const PATIENCE = 250; // ms before waiting is worth showing

  // Passing notes: what went well is told in a corner and goes away; what needs attention stays in the page

  function toast(text, tone, act) {
    const note = document.createElement("div");
    note.className = `note toast ${tone || "ok"}`;
    note.setAttribute("role", "status");
    const said = document.createElement("div");
    said.textContent = text;
    note.append(said);
    if (act) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = act.label;
      button.addEventListener("click", () => { act.run(); leave(note); });
      note.append(button);
    }
    hold(note);
    return note;
  }

  function hold(note) {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "close";
    close.setAttribute("aria-label", body.dataset.close);
    close.textContent = "×";
    close.addEventListener("click", () => leave(note));
    note.append(close);
    document.getElementById("toasts").append(note);
    let timer = setTimeout(() => leave(note), STAYS);
    const stay = () => clearTimeout(timer);
    const go = () => { stay(); timer = setTimeout(() => leave(note), STAYS); };
    note.addEventListener("mouseenter", stay);
    note.addEventListener("focusin", stay);
    note.addEventListener("mouseleave", go);
    note.addEventListener("focusout", go);
  }

  function leave(note) {
    note.classList.add("going");
    setTimeout(() => note.remove(), 300);
  }

  // The map of keys: the frame's own and whatever this page adds in <template data-keys>

  function showKeys() {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    const rows = dialog.querySelector("tbody");
    if (!dialog.dataset.filled) {
      all("template[data-keys]").forEach((part) => rows.append(part.content.cloneNode(true)));
      dialog.dataset.filled = "1";
    }
    dialog.showModal();
  }

  // Waiting: a page that is slow to come says that it is coming

  function startWaiting() {
    let timer = 0;
    window.addEventListener("beforeunload", () => {
      timer = setTimeout(() => {
        body.classList.add("waiting");
        setTimeout(() => body.classList.remove("waiting"), 15000); // a download leaves the page where it is
      }, PATIENCE);
    });
    window.addEventListener("pageshow", () => { clearTimeout(timer); body.classList.remove("waiting"); });
  }

  // The menu on the phone: it takes the focus, Escape and a tap beside it close it

  function startDrawer() {
    const burger = document.querySelector("[data-toggle=menu]");
    const side = document.getElementById("side");
    if (!burger || !side) return;
    const set = (open) => {
      if (body.classList.contains("menu-open") === open) return;
      body.classList.toggle("menu-open", open);
      burger.setAttribute("aria-expanded", String(open));
      if (open) (side.querySelector("a.on") || side.querySelector("a")).focus();
      else burger.focus();
    };
    burger.addEventListener("click", () => set(!body.classList.contains("menu-open")));
    document.addEventListener("click", (event) => { if (!event.target.closest(".side, .burger")) set(false); });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") set(false); });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], dialog[open]");
    if (event.key === "?" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      showKeys();
    }
  });
  all("[data-fold]").forEach((button) => button.addEventListener("click", () => {
    const part = document.getElementById(button.dataset.fold);
    part.hidden = !part.hidden;
    button.setAttribute("aria-expanded", String(!part.hidden));
  }));
  all("[data-show-keys]").forEach((button) => button.addEventListener("click", () => {
    all("details.menu[open]").forEach((details) => { details.open = false; });
    showKeys();
  }));
  all(".note[data-passing]").forEach((note) => { note.classList.add("toast"); hold(note); });
  all("[data-reveal]").forEach((button) => button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    field.focus();
  }));
  all("[data-caps]").forEach((hint) => document.addEventListener("keyup", (event) => {
    if (event.getModifierState) hint.hidden = !event.getModifierState("CapsLock");
  }));
  startWaiting();
  startDrawer();
  window.Toast = toast;
})();
