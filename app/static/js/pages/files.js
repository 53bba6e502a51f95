// The files of a record are looked at in a viewer; new ones are dropped or pasted onto their card and sent one by one,
// each with its progress.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (tag, name, ...children) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
};

// Looking at

class Viewer {
  constructor(dialog) {
    this.dialog = dialog;
    this.stage = dialog.querySelector("[data-stage]");
    const on = (name, work) => dialog.querySelector(`[data-${name}]`).addEventListener("click", work);
    on("before", () => this.step(-1));
    on("after", () => this.step(1));
    dialog.addEventListener("close", () => this.stage.replaceChildren());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) this.step(by);
    });
  }

  open(item) {
    this.items = all("[data-preview]", item.parentElement);
    if (!this.dialog.open) this.dialog.showModal();
    this.show(this.items.indexOf(item));
  }

  step(by) {
    const at = this.at + by;
    if (this.items[at]) this.show(at);
  }

  show(at) {
    this.at = at;
    const item = this.items[at];
    const link = item.querySelector("a.lk");
    this.dialog.querySelector("[data-name]").textContent = link.textContent;
    this.dialog.querySelector("[data-file]").href = link.href;
    this.dialog.querySelector("[data-before]").disabled = at === 0;
    this.dialog.querySelector("[data-after]").disabled = at === this.items.length - 1;
    this.stage.replaceChildren();
    this[item.dataset.preview](item.dataset.src, link.textContent);
  }

  picture(address, name) {
    const image = make("img");
    image.alt = name;
    image.src = address;
    image.addEventListener("error", () => this.failed());
    this.stage.append(image);
  }

  pdf(address, name) {
    const frame = make("iframe");
    frame.title = name;
    frame.src = address;
    this.stage.append(frame);
  }

  async text(address) {
    const { at } = this;
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(String(answer.status));
      const box = make("pre", "", await answer.text());
      box.tabIndex = 0;
      if (this.at === at) this.stage.replaceChildren(box);
    } catch (error) {
      this.failed();
    }
  }

  failed() {
    this.stage.replaceChildren(make("p", "mut", this.stage.dataset.failed));
  }
}

// Sending

class Sender {
  constructor(form) {
    this.form = form;
    this.panel = form.closest(".panel");
    this.list = form.querySelector(".going");
    this.waiting = [];
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.take([...form.elements.namedItem("file").files]);
    });
    form.elements.namedItem("file").addEventListener("change", (event) => this.take([...event.target.files]));
  }

  take(files) {
    for (const file of files) {
      const row = this.row(file.name);
      if (file.size > Number(this.form.dataset.most)) this.refuse(row, this.form.dataset.large);
      else this.waiting.push([file, row]);
    }
    this.form.elements.namedItem("file").value = "";
    if (!this.isSending) this.next();
  }

  row(name) {
    const bar = make("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    const row = make("li", "", make("span", "grow", name), bar, make("span", "w"));
    this.list.append(row);
    return row;
  }

  refuse(row, text) {
    row.classList.add("red");
    row.querySelector("progress")?.remove();
    row.querySelector(".w").textContent = text;
  }

  /** Sends one file after the other; when all are there the card is read anew. */
  async next() {
    const [file, row] = this.waiting.shift() ?? [];
    if (!file) {
      this.isSending = false;
      const refused = all(".red", this.list);
      if (this.hasKept) this.renew(refused);
      return;
    }
    this.isSending = true;
    try {
      await this.send(file, row);
      this.hasKept = true;
      row.remove();
    } catch (error) {
      this.refuse(row, error.message || this.form.dataset.failed);
    }
    this.next();
  }

  send(file, row) {
    const body = new FormData();
    body.append("csrf_token", this.form.elements.namedItem("csrf_token").value);
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
    body.append("form_token", bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    body.append("file", file, file.name);
    const request = new XMLHttpRequest();
    const bar = row.querySelector("progress");
    return new Promise((done, failed) => {
      request.upload.addEventListener("progress", (event) => { bar.value = (event.loaded / event.total) * 100; });
      request.addEventListener("load", () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch (error) { /* a page instead of an answer */ }
        if (request.status === 200) done();
        else failed(new Error(answer.reasons?.[0]?.message ?? answer.message ?? ""));
      });
      request.addEventListener("error", () => failed(new Error("")));
      request.open("POST", this.form.dataset.upload);
      request.setRequestHeader("Accept", "application/json");
      request.send(body);
    });
  }

  renew(refused) {
    this.hasKept = false;
    this.panel.addEventListener("loaded", () => {
      this.panel.querySelector(".going")?.append(...refused);
      const tab = document.getElementById("t-files");
      if (tab && !tab.querySelector(".n")) tab.append(" ", make("span", "n"));
      const number = tab?.querySelector(".n");
      if (number) number.textContent = all(".filed > li", this.panel).length || "";
    }, { once: true });
    this.panel.dispatchEvent(new CustomEvent("stale", { bubbles: true }));
  }
}

/** Sends to the files what is dropped on the card or pasted anywhere on the page. */
function startDropping(panel, senderOf) {
  const card = panel.closest(".card");
  const isOpen = () => !panel.hidden && senderOf();
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  card.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (panel.hidden) document.getElementById("t-files").click();
    card.classList.add("dropping");
  });
  for (const name of ["dragleave", "drop"]) card.addEventListener(name, () => card.classList.remove("dropping"));
  card.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (isOpen()) senderOf().take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || event.target.closest?.("input, textarea, [contenteditable], dialog[open]")) return;
    event.preventDefault();
    const send = () => senderOf()?.take(files.map(named));
    if (panel.dataset.loaded) send();
    else panel.addEventListener("loaded", send, { once: true });
    document.getElementById("t-files").click();
  });

  function named(file) {
    if (file.name !== "image.png") return file;
    const at = new Date();
    const local = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
    const stamp = local.replace(/[-:]/g, "").replace("T", "-");
    return new File([file], `${senderOf().form.dataset.shot}-${stamp}.png`, { type: file.type });
  }
}

export function startFiles() {
  const panel = document.getElementById("files");
  if (!panel) return;
  const viewer = new Viewer(document.getElementById("viewer"));
  let sender;
  const start = () => {
    const form = panel.querySelector("form[data-upload]");
    sender = form ? new Sender(form) : undefined;
  };
  panel.addEventListener("loaded", start);
  if (panel.dataset.loaded) start();
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("[data-preview] a.lk, [data-preview] .thumb");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    viewer.open(link.closest("[data-preview]"));
  });
  startDropping(panel, () => sender);
}
