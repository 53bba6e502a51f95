// Behaviour of every page: dialogs, pickers, keys, colours, forms that are sent once.
"use strict";
(function () {
  const body = document.body;
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // Dialogs

  function openDialog(dialog) {
    if (!dialog.open) dialog.showModal();
    all("select[data-pick]", dialog).forEach(startPicker);
  }

  function startDialogs() {
    all("[data-dialog]").forEach((button) => {
      button.addEventListener("click", () => openDialog(document.getElementById(button.dataset.dialog)));
    });
    all("dialog").forEach((dialog) => {
      all("[data-close]", dialog).forEach((button) => button.addEventListener("click", () => dialog.close()));
      if (dialog.hasAttribute("data-open")) openDialog(dialog);
    });
  }

  // Pickers: a select that asks the server while one types

  function pickerAddress(select, query) {
    const address = new URL(select.dataset.pick, location.origin);
    address.searchParams.set("q", query);
    const depends = select.dataset.depends;
    const other = depends && select.form && select.form.elements[depends];
    if (other && other.value) address.searchParams.set(depends, other.value);
    return address;
  }

  function startPicker(select) {
    if (select.tomselect || !window.TomSelect) return;
    const picker = new TomSelect(select, {
      valueField: "id", labelField: "text", searchField: [], sortField: [{ field: "$order" }],
      maxOptions: 30, loadThrottle: 200, preload: "focus", closeAfterSelect: !select.multiple,
      plugins: select.multiple ? ["remove_button"] : ["clear_button"],
      score: () => () => 1,
      onItemAdd() {
        this.setTextboxValue("");
        if (select.multiple) this.refreshOptions(false);
      },
      shouldLoad: () => true,
      load(query, done) {
        this.clearOptions((option) => this.items.includes(String(option.id)));
        fetch(pickerAddress(select, query), { headers: { Accept: "application/json" } })
          .then((answer) => (answer.ok ? answer.json() : []))
          .then(done, () => done([]));
      },
      render: {
        option(item, escape) {
          const hint = item.hint ? `<span class="mut">${escape(item.hint)}</span>` : "";
          return `<div class="opt"><span>${escape(item.text)}</span>${hint}</div>`;
        },
        no_results: () => `<div class="no-results">${body.dataset.none}</div>`,
      },
    });
    const depends = select.dataset.depends;
    const other = depends && select.form && select.form.elements[depends];
    if (other) {
      other.addEventListener("change", () => {
        picker.clear();
        picker.clearOptions();
        picker.load("");
      });
    }
  }

  // Forms: asked once more where it matters, sent once, and left only knowingly

  function startForms() {
    let changed = false;
    all("form[data-confirm]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (!window.confirm(form.dataset.confirm)) event.preventDefault();
      });
    });
    all('form[method="post"]').forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "1";
        changed = false;
        setTimeout(() => all("button", form).forEach((button) => button.setAttribute("aria-busy", "true")), 0);
      });
    });
    all("form[data-save]").forEach((form) => {
      form.addEventListener("input", () => { changed = true; });
      const wrong = form.querySelector('[aria-invalid="true"]');
      const first = wrong || form.querySelector(".field input:not([type=hidden]), .field select, .field textarea");
      if (first && matchMedia("(hover: hover)").matches) first.focus();
    });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
    window.addEventListener("pageshow", () => {
      all("form").forEach((form) => { delete form.dataset.sent; });
      all("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  }

  // Keys: / searches, n makes a new record, Ctrl+S saves, Escape leaves a field

  function isTyping(target) {
    return target.closest("input, textarea, select, [contenteditable], .ts-control") !== null;
  }

  function onKey(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      const form = document.querySelector("dialog[open] form") || document.querySelector("form[data-save]");
      if (form) { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
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
        if (!details.contains(event.target)) details.open = false;
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
    all("details.filters").forEach((details) => details.addEventListener("toggle", () => {
      if (details.open) all("select[data-pick]", details).forEach(startPicker);
    }));
    all("[aria-disabled=true]").forEach((button) => button.addEventListener("click", () => {
      const why = document.getElementById(button.getAttribute("aria-describedby"));
      if (why) { why.classList.remove("shake"); void why.offsetWidth; why.classList.add("shake"); }
    }));
    all("[data-all]").forEach((box) => box.addEventListener("change", () => {
      all(`input[name="${box.dataset.all}"]`).forEach((other) => { other.checked = box.checked; });
    }));
  }

  window.Zhanggui = { startPicker };
  document.addEventListener("keydown", onKey);
  startFrame();
  startDialogs();
  startForms();
  all("form[data-save] select[data-pick]").forEach(startPicker);
})();
