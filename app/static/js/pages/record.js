// The page of a record has tabs, keys, links to its neighbours in the list one came from, copying and printing.

import { startFiles } from "./files.js";
import { icon } from "../frame/icon.js";
import { startTabs } from "./tabs.js";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]");

// The list one came from (trail.js keeps its rows when a link in it is followed)

function startWalk() {
  const place = document.querySelector("[data-walk]");
  let trail = null;
  try {
    trail = JSON.parse(sessionStorage.getItem("trail") ?? "null");
  } catch (error) {
    return;
  }
  const at = trail?.rows?.indexOf(location.pathname) ?? -1;
  if (!place || at < 0) return;
  const list = document.querySelector("a[data-list]");
  if (list && trail.list?.startsWith(list.getAttribute("href"))) list.href = trail.list;
  if (trail.rows.length < 2) return;
  const neighbour = (to, label, key, name) => {
    const link = document.createElement(to ? "a" : "span");
    link.className = "btn btn-icon";
    if (to) {
      Object.assign(link, { href: to, title: `${label}  ${key}` });
      link.setAttribute("aria-label", label);
      link.dataset.key = key;
    } else link.setAttribute("aria-hidden", "true");
    link.append(icon(name));
    return link;
  };
  const told = document.createElement("span");
  told.className = "mut nb";
  told.textContent = `${at + 1} / ${trail.rows.length}`;
  place.append(
    neighbour(trail.rows[at - 1], place.dataset.before, "[", "chevron-left"), told,
    neighbour(trail.rows[at + 1], place.dataset.after, "]", "chevron-right"),
  );
  place.hidden = false;
}

// Keys

function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    takeNext(event);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const [before, after] = ["[", "]"].map((key) => `[data-walk] [data-key="${key}"]`);
  const wanted = { e: "a[data-edit]", "[": before, "]": after, "【": before, "】": after };
  const link = wanted[event.key] && document.querySelector(wanted[event.key]);
  if (!link) return;
  event.preventDefault();
  link.click();
}

/** Takes the likely next step on Ctrl+Enter; in an open dialog that is what the dialog does. */
function takeNext(event) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const button = document.querySelector(".head .acts .btn-primary");
  if (!button) return;
  event.preventDefault();
  button.click();
}

// Copying and printing

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) { // not offered over plain http
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "visually-hidden";
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    button.focus();
  }
  window.Toast?.(button.dataset.copied);
}

function startSmall() {
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  for (const button of all(".head .acts .btn-primary")) button.title ||= "Ctrl+Enter";
}

startWalk();
startSmall();
startTabs();
startFiles();
document.addEventListener("keydown", onKey);
