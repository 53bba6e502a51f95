// The form of a document saves head and lines as one. Nothing typed is lost when the server refuses.

import { disown, linesChanged } from "./changes.js";
import { element } from "../form/combobox.js";
import { settleDays } from "../form/days.js";
import { DocumentHead } from "./document_head.js";
import { Drafts, offerDrafts, sayPutBack, wireCancel } from "../form/drafts.js";
import { Lines } from "./lines.js";
import { Terms } from "./terms.js";
import { goTo, summary, told, visibleControl } from "../form/refusals.js";
import { Unanswered, askerOf } from "../frame/request.js";
import { filled, texts as general } from "../frame/texts.js";

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
  direction: setup.direction,
  changed: () => touched(),
  leave: () => {
    const ways = [...form.querySelectorAll(".acts [data-store].btn-primary")];
    ways.find((one) => one.checkVisibility())?.focus();
  },
  terms: new Terms(form),
  newProduct: setup.newProduct,
});
const head = new DocumentHead(form, {
  setup, ask, note, lines, touched: () => touched(), brought: () => refreshLines(), chosen: () => offer(),
});
const drafts = new Drafts({
  scope: `${setup.who} ${setup.id ?? "new"}`,
  version: setup.version,
  token: form.elements.namedItem("form_token").value,
  content: () => (isDirty ? content() : null),
});

function touched() {
  isDirty = true;
  drafts.soon(sayKept);
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

/** Shows what can be found without asking the server, each beside its field or cell. */
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
    await drafts.end();
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

/** Shows every reason beside its field or cell; what belongs to none stands above. */
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

// Drafts

/** Returns what is kept of the form, and what it is called when it is offered. */
function content() {
  const party = head.party();
  const about = [party.name, filled(texts.lines, { n: lines.filled.length })].join("，");
  return { party: party.value, about, head: head.kept(), name: head.input?.value ?? "", lines: linesKept() };
}

function linesKept() {
  return lines.filled.filter((line) => line.product).map((line) => line.kept());
}

/** Offers the drafts of this party, before one was chosen those of every party; none is put back unasked. */
async function offer() {
  const { value } = head.party();
  const found = (await drafts.others()).filter((draft) => !value || draft.party === value);
  offerDrafts(drafts, found, form.querySelector(".head"), putBack);
}

async function putBack(draft, at) {
  head.putBack(draft.head, draft.party, draft.name);
  lines.load(disown(draft.lines, setup.lines));
  sayPutBack(drafts, at, form.querySelector(".head"));
  touched();
  if (!head.partyName || !draft.party) return;
  await head.askParty(draft.party); // The rows to choose from, prices and stock are those of today.
  head.putBack(draft.head, draft.party, draft.name);
}

lines.load(setup.lines);
isDirty = false;
drafts.rest();
if (setup.brought) head.takeBrought(setup.brought).then(() => { isDirty = false; drafts.rest(); });
offer();
wireCancel(form, drafts, () => isDirty);

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
  if (drafts.isPending && !isSaving && !drafts.isOver) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const isBusy = document.querySelector("dialog[open], details.menu[open]");
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || isBusy) return;
  form.querySelector("[data-cancel]").click();
});
const [begin] = [...form.querySelectorAll("[data-visit]")].filter((control) => control !== head.input);
if (head.isOpen && !head.input.value) head.input.focus();
else if (begin) visibleControl(begin).focus();
