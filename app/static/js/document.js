// The form of a document: head, lines, and saving both as one. Nothing typed is lost when the server refuses.

import { disown, linesChanged } from "./changes.js";
import { element } from "./combobox.js";
import { settleDays } from "./days.js";
import { DocumentHead } from "./document_head.js";
import { Kept, offerOlder } from "./kept.js";
import { Lines } from "./lines.js";
import { goTo, summary, told, visibleControl } from "./refusals.js";
import { Unanswered, askerOf } from "./request.js";
import { filled, texts as general } from "./texts.js";

const form = document.getElementById("document");
const setup = JSON.parse(document.getElementById("setup").textContent);
const { texts } = setup;
const box = document.getElementById("refused");
const ask = askerOf(form, setup.base, texts);
let version = setup.version;
let isDirty = false;
let isSaving = false;

function note(...content) {
  box.replaceChildren(...(content.length ? [told(...content)] : []));
}

const lines = new Lines(document.getElementById("lines"), {
  columns: setup.columns,
  texts,
  ask,
  circumstances: () => head.circumstances(),
  party: () => head.party(),
  way: setup.way,
  changed: () => touched(),
  leave: () => form.querySelector(".acts [data-store].btn-primary").focus(),
  newProduct: setup.newProduct,
});
const head = new DocumentHead(form, {
  setup, ask, note, lines, touched: () => touched(), brought: () => refreshLines(),
});
const kept = new Kept(setup.keep, () => ({
  head: head.values(), names: head.pickedTexts(), party: head.input?.value ?? "", lines: linesKept(),
}));

function touched() {
  isDirty = true;
  kept.soon(() => sayKept(kept.now()));
}

function sayKept(at) {
  form.querySelector("[data-kept]").textContent = filled(general.keptAt, { at });
}

async function refreshLines() {
  try {
    await lines.refresh();
  } catch (error) {
    note(error.message ?? texts.offline);
  }
}

// Saving

/** What can be told without asking the server, each beside its field or cell. */
function faults() {
  const found = head.faults();
  lines.lines.forEach((line, index) => {
    if (!lines.filled.includes(line)) return;
    for (const [name, text] of line.faults()) found.push(lineFault(line, index, name, text));
  });
  if (!lines.filled.length && !setup.mayBeEmpty) found.push(lineFault(lines.lines[0], 0, lines.named, texts.noLines));
  return found;
}

function lineFault(line, index, name, text) {
  line.refuse(name, text);
  return { label: filled(texts.line, { n: index + 1 }), text, control: line.cells[name] };
}

function summed(found) {
  box.replaceChildren(summary(found, filled(texts.toCorrect, { n: found.length })));
}

async function save(submit) {
  if (isSaving) return;
  document.activeElement?.blur?.();
  settleDays(form);
  note();
  isSaving = true;
  await Promise.all([head.settled(), lines.settled()]);
  isSaving = false;
  const found = faults();
  if (found.length) {
    summed(found);
    goTo(found[0].control);
    return;
  }
  busy(true);
  const sent = lines.filled;
  const token = form.elements.namedItem("form_token").value;
  const body = { head: head.values(), lines: sent.map((line) => line.payload()), version, submit, form_token: token };
  try {
    const answer = await ask(setup.save, body);
    kept.end();
    location.assign(answer.to);
  } catch (error) {
    busy(false);
    if (error.reasons) show(error, sent);
    else note(error instanceof Unanswered ? error.message : texts.offline);
  }
}

function busy(on) {
  isSaving = on;
  form.toggleAttribute("aria-busy", on);
  for (const button of document.querySelectorAll("[data-store]")) button.disabled = on;
}

/** Every reason beside its field or cell; what belongs to none stands above. */
function show(error, sent) {
  const rest = [];
  const found = [];
  for (const reason of error.reasons) {
    const [, at, name] = /^lines\.(\d+)\.(\w+)$/.exec(reason.field ?? "") ?? [];
    const line = at === undefined ? undefined : sent[Number(at)];
    const fault = line?.cells[name]
      ? lineFault(line, lines.lines.indexOf(line), name, reason.message)
      : error.code !== "stale" && head.refused(reason);
    if (fault) found.push(fault);
    else rest.push(element("div", "", reason.message));
  }
  if (error.stale) showStale(error.stale);
  else if (rest.length) note(...rest);
  else summed(found);
  if (found.length) goTo(found[0].control);
  else box.scrollIntoView({ block: "center" });
}

function showStale(stale) {
  const over = element("button", "btn", texts.over);
  over.type = "button";
  over.addEventListener("click", () => {
    version = stale.version;
    disown(lines.lines, stale.lines);
    save(false);
  });
  const look = Object.assign(element("a", "lk", texts.look), { href: `${setup.base}/show/${setup.id}` });
  look.target = "_blank";
  const said = [...stale.notes, ...linesChanged(setup.lines, stale.lines, setup.columns, texts)];
  const rows = [...said.map((text) => [text]), [`${texts.still} `, look], [over]];
  note(...rows.map((content) => element("div", "", ...content)));
}

// Kept in this tab, so that a reload loses nothing

function linesKept() {
  return lines.filled.filter((line) => line.product).map((line) => line.kept());
}

/** What was typed and not saved is back; one button forgets it. Whether anything was. */
function restoreKept() {
  const place = document.getElementById("kept");
  offerOlder(kept, place);
  const found = kept.found();
  if (!found) return false;
  head.fill(found.head, found.names);
  head.showParty(found.party);
  lines.load(disown(found.lines, setup.lines));
  head.summarise();
  place.hidden = false;
  place.querySelector("[data-at]").textContent = filled(general.restored, { at: found.at });
  place.querySelector("[data-forget]").addEventListener("click", () => {
    kept.end();
    location.reload();
  });
  return true;
}

/** What hangs on the party of a draft: the rows to choose from, prices and stock of today. */
async function freshTerms() {
  const before = kept.found()?.head ?? {};
  const party = head.partyName && before[head.partyName];
  if (party) await head.askParty(party);
  head.fill(before);
}

lines.load(setup.lines);
isDirty = false;
kept.version = setup.version;
kept.cancel();
const isRestored = restoreKept();
if (isRestored) freshTerms();
else if (setup.brought) head.takeBrought(setup.brought).then(() => { isDirty = false; kept.cancel(); });
addEventListener("pagehide", () => kept.atOnce());

form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-store]")) {
  button.addEventListener("click", () => save(button.hasAttribute("data-submit")));
}
document.addEventListener("keydown", (event) => {
  const chord = (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]");
  if (chord && event.key.toLowerCase() === "s") save(false);
  else if (chord && event.key === "Enter") save(Boolean(form.querySelector("[data-submit]")));
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // What is shown was saved already.
});
addEventListener("beforeunload", (event) => {
  if (isDirty && !isSaving && !kept.isOver) event.preventDefault();
});
const [begin] = [...form.querySelectorAll("[data-visit]")].filter((control) => control !== head.input);
if (head.isOpen && !head.input.value) head.input.focus();
else if (begin) visibleControl(begin).focus();
