// Links become the tabs of a record: what they lead to is fetched once, the address remembers which is open.

const FRAGMENT = "X-Fragment";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

class Tabs {
  constructor(box) {
    this.box = box;
    this.strip = box.querySelector(".strip");
    this.tabs = all("a", this.strip);
    this.panels = new Map();
    this.strip.setAttribute("role", "tablist");
    for (const tab of this.tabs) this.prepare(tab);
    const first = this.tabs.find((tab) => tab.hasAttribute("aria-current")) ?? this.tabs[0];
    this.loaded(this.panels.get(first.dataset.name));
    this.strip.addEventListener("click", (event) => this.clicked(event));
    this.strip.addEventListener("keydown", (event) => this.stroke(event));
    addEventListener("hashchange", () => this.follow(true));
    this.open(this.wanted() ?? first);
    if (this.wanted()) this.show();
    this.remember();
  }

  prepare(tab) {
    const { name } = tab.dataset;
    let panel = document.getElementById(name);
    if (!panel) {
      panel = document.createElement("div");
      panel.id = name;
      panel.className = "panel";
      panel.hidden = true;
      this.box.append(panel);
    }
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.tabIndex = 0;
    panel.dataset.src = tab.getAttribute("href");
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", name);
    tab.removeAttribute("aria-current");
    this.panels.set(name, panel);
  }

  named(name) {
    return this.tabs.find((tab) => tab.dataset.name === name);
  }

  wanted() {
    return this.named(decodeURIComponent(location.hash.slice(1)));
  }

  clicked(event) {
    const tab = event.target.closest("a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    this.open(tab);
    history.replaceState(history.state, "", `#${tab.dataset.name}`);
  }

  stroke(event) {
    const at = this.tabs.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.tabs.length - 1 }[event.key];
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === " ") {
      event.preventDefault();
      this.tabs[at].click();
    }
    if (to === undefined) return;
    event.preventDefault();
    const tab = this.tabs[(to + this.tabs.length) % this.tabs.length];
    tab.focus();
    tab.click();
  }

  /** Opens the tab that the address names, after a figure was followed or somebody went back. */
  follow(isShown) {
    const tab = this.wanted();
    if (!tab) return;
    this.open(tab);
    if (isShown) this.show();
  }

  show() {
    this.box.scrollIntoView({ block: "start", behavior: "instant" });
  }

  open(tab) {
    for (const other of this.tabs) {
      const isOpen = other === tab;
      other.setAttribute("aria-selected", String(isOpen));
      other.tabIndex = isOpen ? 0 : -1;
      this.panels.get(other.dataset.name).hidden = !isOpen;
    }
    this.strip.scrollLeft = tab.offsetLeft - this.strip.offsetLeft - (this.strip.clientWidth - tab.clientWidth) / 2;
    const panel = this.panels.get(tab.dataset.name);
    if (!panel.dataset.loaded) this.load(panel);
  }

  async load(panel) {
    if (panel.getAttribute("aria-busy") === "true") return;
    panel.setAttribute("aria-busy", "true");
    if (!panel.dataset.loaded) panel.replaceChildren(this.waiting());
    try {
      const answer = await fetch(panel.dataset.src, { headers: { [FRAGMENT]: "1" }, credentials: "same-origin" });
      if (!answer.ok || !answer.headers.has(FRAGMENT)) throw new Error(String(answer.status));
      panel.innerHTML = await answer.text();
      this.loaded(panel);
    } catch (error) {
      this.failed(panel);
    }
    panel.removeAttribute("aria-busy");
  }

  waiting() {
    const box = document.createElement("div");
    box.className = "skeleton";
    box.setAttribute("role", "status");
    const said = document.createElement("span");
    said.className = "visually-hidden";
    said.textContent = this.box.dataset.waiting;
    box.append(said, ...[1, 2, 3].map(() => document.createElement("i")));
    return box;
  }

  failed(panel) {
    delete panel.dataset.loaded;
    const box = document.createElement("div");
    box.className = "none-yet";
    box.setAttribute("role", "alert");
    const said = document.createElement("p");
    said.textContent = this.box.dataset.failed;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn";
    again.textContent = this.box.dataset.retry;
    again.addEventListener("click", () => this.load(panel));
    box.append(said, again);
    panel.replaceChildren(box);
  }

  loaded(panel) {
    panel.dataset.loaded = "1";
    panel.dispatchEvent(new CustomEvent("loaded", { bubbles: true }));
  }

  /** Opens the tab from which a form was sent, for forms lead back to the page without a tab in its address. */
  remember() {
    const key = `tab:${location.pathname}`;
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (kept && !location.hash && this.named(kept)) this.open(this.named(kept));
    addEventListener("submit", (event) => {
      const open = this.tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
      if (event.target.method === "post" && open !== this.tabs[0]) sessionStorage.setItem(key, open.dataset.name);
    });
  }
}

/** Does for content that was fetched later what the frame does for a page. */
function startFragments(box) {
  box.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog && !dialog.open) dialog.showModal();
  });
  box.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.dataset.sent) return;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) event.preventDefault();
    else form.dataset.sent = "1";
  });
}

export function startTabs() {
  const box = document.querySelector("[data-tabs]");
  if (!box) return;
  const tabs = new Tabs(box);
  startFragments(box);
  box.addEventListener("stale", (event) => tabs.load(event.target));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-tab-link]");
    const tab = link && tabs.named(link.dataset.tabLink);
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    tab.click();
    tabs.show();
  });
}
