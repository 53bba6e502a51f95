// The order form: header, line grid, and saving both as one. Nothing typed is lost when the server refuses.

import { Combobox, element } from "./combobox.js";
import { settleDays, takeDays } from "./days.js";
import { disown, linesChanged } from "./changes.js";
import { LineGrid } from "./grid.js";
import { Kept, offerOlder } from "./kept.js";
import { openQuick } from "./quick.js";
import { goTo, refuse as refuseControl, summary, told } from "./refusals.js";
import { filled, texts as general } from "./texts.js";

const form = document.getElementById("order");
const setup = JSON.parse(document.getElementById("setup").textContent);
const { texts } = setup;
const field = (name) => form.elements.namedItem(name);
const customerInput = document.getElementById("f-customer");
let version = setup.version;
let isDirty = false;
let isSaving = false;
let customerSearch;

class Unanswered extends Error {}

/** After signing in again in another window this page's token is too old: take the one of today. */
async function renewToken() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const token = page.querySelector("#order input[name=csrf_token]")?.value;
  if (token) field("csrf_token").value = token;
  return Boolean(token);
}

/** JSON from the order's own addresses; a refusal is thrown as the server's body. */
async function ask(path, body, signal, isSecond = false) {
  const options = { signal, headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.method = "POST";
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRFToken"] = field("csrf_token").value;
  }
  const answer = await fetch(`${setup.base}/${path}`, options);
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
    if (answer.status === 400 && body !== undefined && !isSecond && (await renewToken())) return ask(path, body, signal, true);
    throw new Unanswered(answer.status < 500 ? texts.reload : texts.failed);
  }
  const found = await answer.json();
  if (!answer.ok) throw found;
  return found;
}

const grid = new LineGrid(document.getElementById("lines"), {
  texts,
  rate: setup.rate,
  ask,
  circumstances: () => ({ customer: field("customer").value, warehouse: field("warehouse").value }),
  changed: () => touched(),
  leave: () => form.querySelector("button[data-submit]").focus(),
  newProduct: setup.newProduct,
});
const kept = new Kept(setup.keep, () => ({ head: head(), customer: customerInput?.value ?? "", lines: linesKept() }));

function touched() {
  isDirty = true;
  kept.soon(() => sayKept(kept.now()));
}

function sayKept(at) {
  form.querySelector("[data-kept]").textContent = ` · ${filled(general.keptAt, { at })}`;
}

// Header

function head() {
  const values = {};
  for (const control of form.querySelectorAll("[data-head]")) values[control.name] = control.value;
  return values;
}

/** After Enter: the next required field that is empty, else the lines. */
function goOn(from) {
  const controls = [...form.querySelectorAll("[data-visit]")];
  const next = controls.slice(controls.indexOf(from) + 1).find((control) => control.required && !control.value.trim());
  if (next) next.focus();
  else grid.focus(grid.lines.find((line) => !line.product) ?? grid.lines.at(-1));
}

const refuse = (name, text) => refuseControl(name === "customer" ? customerInput : field(name), text);

async function askTerms(id) {
  try {
    await takeTerms(await ask(`customer?id=${id}`));
  } catch (error) {
    note(error.message ?? texts.offline);
  }
}

async function takeTerms(terms) {
  const contact = field("contact");
  contact.replaceChildren(new Option("", ""), ...terms.contacts.map(([key, text]) => new Option(text, key)));
  contact.value = terms.primary ?? "";
  for (const [name, value] of Object.entries(terms.prefilled)) {
    const control = field(name);
    const fits = control.tagName !== "SELECT" || [...control.options].some((option) => option.value === value);
    if (fits && (!control.value || control.value === control.dataset.prefilled || name === "owner")) {
      control.value = value;
      control.dataset.prefilled = value;
    }
  }
  document.getElementById("tier").textContent = terms.tier ? `${texts.tier} ${terms.tier}` : "";
  await grid.refresh();
}

function takeCustomer(item) {
  field("customer").value = item.id;
  refuse("customer", "");
  showName();
  touched();
  askTerms(item.id);
  goOn(customerInput);
}

/** The page is called by the customer, as the order will be. */
function showName() {
  const heading = form.querySelector("h1");
  const isChosen = Boolean(field("customer").value) && customerInput.value.trim();
  form.querySelector("[data-sub]").hidden = !isChosen;
  heading.textContent = isChosen ? customerInput.value : heading.dataset.name;
}

/** The last entry of the search list: make the customer that is missing. */
function newCustomer(query) {
  if (!setup.newCustomer) return undefined;
  const { to, one } = setup.newCustomer;
  const act = async () => {
    const item = await openQuick(to, query);
    if (!item) {
      customerInput.focus();
      return;
    }
    customerSearch.show(item.text);
    takeCustomer(item);
  };
  return { text: filled(query ? general.newNamed : general.newOne, { what: one, text: query }), act };
}

/** A contact that is missing is made beside the list of contacts, for the customer chosen. */
function wireContact() {
  if (!setup.newContact) return;
  const contact = field("contact");
  const button = element("button", "lk lab-act", filled(general.newOne, { what: setup.newContact.one }));
  button.type = "button";
  button.addEventListener("click", async () => {
    const customer = field("customer").value;
    if (!customer) {
      refuse("customer", texts.choose);
      goTo(customerInput);
      return;
    }
    const item = await openQuick(setup.newContact.to, "", { customer });
    if (item) {
      await askTerms(customer);
      if (![...contact.options].some((option) => option.value === String(item.id))) contact.append(new Option(item.text, item.id));
      contact.value = item.id;
      touched();
      goOn(contact);
    } else {
      button.focus();
    }
  });
  contact.closest(".field").append(button);
}

function wireHeader() {
  if (customerInput && !customerInput.disabled) {
    customerSearch = new Combobox(customerInput, {
      width: 380,
      goesOn: true,
      source: (query, signal) => ask(`customers?${new URLSearchParams({ q: query })}`, undefined, signal),
      draw: (item) => [element("b", "", item.name), element("span", "mut", item.hint)],
      text: (item) => item.name,
      sure: (items, query) => items.find((item) => item.name === query.trim()),
      more: (query) => newCustomer(query),
      picked: (item) => takeCustomer(item),
      failed: (text) => refuse("customer", text),
      undecided: () => refuse("customer", texts.choose),
      emptied: () => {
        field("customer").value = "";
        customerSearch.show("");
        showName();
      },
    });
  }
  wireContact();
  form.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.key !== "Enter" || event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!target.matches("[data-visit]") || target.tagName === "TEXTAREA") return;
    event.preventDefault();
    target.dispatchEvent(new Event("change", { bubbles: true }));
    goOn(target);
  });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-head]")) return;
    refuse(event.target.name, "");
    touched();
  });
  field("warehouse").addEventListener("change", () => grid.refresh());
  takeDays(form, (input) => {
    const signed = input.name === "latest_ship_on" ? field("signed_on").value : "";
    return signed ? new Date(`${signed}T00:00`) : new Date();
  });
}

// Saving

function note(...content) {
  const box = document.getElementById("refused");
  box.replaceChildren();
  if (!content.length) return;
  box.append(told(...content));
}

const labelOf = (control) => control.closest(".field").querySelector(".lab").firstChild.textContent.trim();

/** What can be told without asking the server, each beside its field or cell. */
function faults() {
  const found = [];
  const fault = (control, text) => {
    const label = labelOf(control);
    const said = filled(text, { field: label });
    refuseControl(control, said);
    found.push({ label, text: said, control });
  };
  for (const control of form.querySelectorAll("[data-visit][required]")) {
    const isOpen = control === customerInput && (!field("customer").value || customerSearch?.isUndecided);
    if (isOpen) fault(control, customerSearch?.isUndecided ? texts.choose : texts.required);
    else if (control !== customerInput && !control.value.trim()) fault(control, texts.required);
  }
  grid.lines.forEach((line, index) => {
    if (!grid.filled.includes(line)) return;
    for (const [name, text] of line.faults()) found.push(lineFault(line, index, name, text));
  });
  if (!grid.filled.length) found.push(lineFault(grid.lines[0], 0, "product", texts.noLines));
  return found;
}

function lineFault(line, index, name, text) {
  line.refuse(name, text);
  return { label: filled(texts.line, { n: index + 1 }), text, control: line.cells[name] };
}

function summed(found) {
  document.getElementById("refused").replaceChildren(summary(found, filled(texts.toCorrect, { n: found.length })));
}

async function save(submit) {
  if (isSaving) return;
  document.activeElement?.blur?.();
  settleDays(form);
  note();
  isSaving = true;
  await grid.settled();
  isSaving = false;
  const found = faults();
  if (found.length) {
    summed(found);
    goTo(found[0].control);
    return;
  }
  busy(true);
  const sent = grid.filled;
  const body = { head: head(), lines: sent.map((line) => line.payload()), version, submit, form_token: field("form_token").value };
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
    const control = reason.field === "customer" ? customerInput : reason.field && field(reason.field);
    if (line?.cells[name]) {
      found.push(lineFault(line, grid.lines.indexOf(line), name, reason.message));
    } else if (control && error.code !== "stale" && refuseControl(control, reason.message)) {
      found.push({ label: labelOf(control), text: reason.message, control });
    } else {
      rest.push(element("div", "", reason.message));
    }
  }
  if (error.stale) showStale(error.stale);
  else if (rest.length) note(...rest);
  else summed(found);
  if (found.length) goTo(found[0].control);
  else document.getElementById("refused").scrollIntoView({ block: "center" });
}

function showStale(stale) {
  const over = element("button", "btn", texts.over);
  over.type = "button";
  over.addEventListener("click", () => {
    version = stale.version;
    disown(grid.lines, stale.lines);
    save(false);
  });
  const look = Object.assign(element("a", "lk", texts.look), { href: `${setup.base}/show/${setup.id}`, target: "_blank" });
  const said = [...stale.notes, ...linesChanged(setup.lines, stale.lines, texts)];
  note(...said.map((text) => element("div", "", text)), element("div", "", `${texts.still} `, look), element("div", "", over));
}

// Kept in this tab, so that a reload loses nothing

function linesKept() {
  return grid.filled.filter((line) => line.product).map((line) => ({
    id: line.id,
    product: line.product,
    list_price: line.product.list_price,
    quantity: line.cells.quantity.value,
    unit_price: line.cells.unit_price.value,
    tax_rate: line.cells.tax_rate.value,
  }));
}

/** What was typed and not saved is back, calmly; one button forgets it. Whether anything was. */
function restoreKept() {
  offerOlder(kept, document.getElementById("kept"));
  const found = kept.found();
  if (!found) return false;
  for (const [name, value] of Object.entries(found.head)) if (field(name)) field(name).value = value;
  if (customerInput && !customerInput.disabled) customerInput.value = found.customer;
  for (const line of grid.lines) line.row.remove();
  grid.load(disown(found.lines, setup.lines));
  showName();
  const box = document.getElementById("kept");
  box.hidden = false;
  box.querySelector("[data-at]").textContent = filled(general.restored, { at: found.at });
  box.querySelector("[data-forget]").addEventListener("click", () => {
    kept.end();
    location.reload();
  });
  return true;
}

/** What hangs on the customer of a draft: the contacts to choose from, prices and stock of today. */
async function freshTerms() {
  const customer = field("customer").value;
  const { contact } = kept.found()?.head ?? {};
  if (customer) await askTerms(customer);
  if (contact) field("contact").value = contact;
}

wireHeader();
grid.load(setup.lines);
isDirty = false;
kept.version = setup.version;
kept.cancel();
const isRestored = restoreKept();
if (isRestored) freshTerms();
else if (setup.terms) takeTerms(setup.terms).then(() => { isDirty = false; kept.cancel(); });
addEventListener("pagehide", () => kept.atOnce());

form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-store]")) {
  button.addEventListener("click", () => save(button.hasAttribute("data-submit")));
}
document.addEventListener("keydown", (event) => {
  const chord = (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]");
  if (chord && event.key.toLowerCase() === "s") {
    event.preventDefault();
    event.stopImmediatePropagation();
    save(false);
  } else if (chord && event.key === "Enter") {
    event.preventDefault();
    save(true);
  }
}, true);
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // what is shown was saved already
});
addEventListener("beforeunload", (event) => {
  if (isDirty && !isSaving && !kept.isOver) event.preventDefault();
});
(customerInput && !customerInput.disabled && !customerInput.value ? customerInput : field("subject")).focus();
