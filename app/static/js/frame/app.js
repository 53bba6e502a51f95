// Every page has these: dialogs, keys, colours, forms that are sent once.
"use strict";
(function () {
  const body = document.body;
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // Dialogs

  function openDialog(dialog) {
    if (!dialog.open) dialog.showModal();
  }

  function startDialogs() {
    all("[data-dialog]").forEach((button) => {
      button.addEventListener("click", () => {
        const menu = button.closest("details.menu");
        if (menu) menu.open = false;
        openDialog(document.getElementById(button.dataset.dialog));
      });
    });
    all("dialog").forEach((dialog) => {
      all("[data-close]", dialog).forEach((button) => button.addEventListener("click", () => dialog.close()));
      if (dialog.hasAttribute("data-open")) openDialog(dialog);
    });
  }

  // Forms: asked once more where it matters, and sent once; what is typed in them is the business of forms.js

  function startForms() {
    all("form[data-confirm]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (!window.confirm(form.dataset.confirm)) event.preventDefault();
      });
    });
    all('form[method="post"]').forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        const asked = event.submitter && event.submitter.hasAttribute("data-download");
        if (asked || form.hasAttribute("data-download")) return; // a file comes, the page stays
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "1";
        setTimeout(() => all("button", form).forEach((button) => button.setAttribute("aria-busy", "true")), 0);
      });
    });
    window.addEventListener("pageshow", () => {
      all("form").forEach((form) => { delete form.dataset.sent; });
      all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  }

  // A page that answers a POST: its place in the history is where it can be opened again, so that Back, Forward and F5
  // lead to the form (its draft is kept) and not to the browser's question about sending it twice.

  function startAgain() {
    const { again } = body.dataset;
    if (!again) return;
    const to = new URL(again, location.origin);
    if (to.origin === location.origin) history.replaceState(history.state, "", to.pathname + to.search + location.hash);
  }

  // Keys: / searches, n makes a new record, Ctrl+S saves, Escape leaves a field

  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable]") !== null;
  }

  function onKey(event) {
    // On Escape the browser has emptied the field already.
    if (event.key === "Escape" && event.target.id === "find" && !event.isComposing) event.target.blur();
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const form = document.querySelector("dialog[open] form") || document.querySelector("form[data-save]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      const find = document.getElementById("find");
      if (find) { event.preventDefault(); find.focus(); find.select(); }
    } else if (event.key === "n" && body.dataset.new) {
      location.href = body.dataset.new;
    }
  }

  // Frame: pop-ups that close, colours

  function startFrame() {
    document.addEventListener("click", (event) => {
      all("details.menu[open], details.filters[open]").forEach((details) => {
        if (!event.composedPath().includes(details)) details.open = false; // What was clicked may be gone by now.
      });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") all("details.menu[open], details.filters[open]").forEach((d) => { d.open = false; });
    });
    all("[data-theme=toggle]").forEach((button) => button.addEventListener("click", () => {
      const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      document.documentElement.setAttribute("data-bs-theme", next);
      try { localStorage.setItem("theme", next); } catch (_) { /* storage may be switched off */ }
    }));
    all("[data-back]").forEach((button) => button.addEventListener("click", () => history.back()));
    all("[aria-disabled=true]").forEach((button) => button.addEventListener("click", () => {
      const why = document.getElementById(button.getAttribute("aria-describedby"));
      if (!why) return;
      why.classList.remove("shake");
      void why.offsetWidth; // Without a layout in between the animation would not start again.
      why.classList.add("shake");
      why.scrollIntoView({ block: "nearest" });
    }));
    all("[data-all]").forEach((box) => box.addEventListener("change", () => {
      all(`input[name="${box.dataset.all}"]`).forEach((other) => { other.checked = box.checked; });
    }));
  }

  startAgain();
  document.addEventListener("keydown", onKey);
  startFrame();
  startDialogs();
  startForms();
})();
