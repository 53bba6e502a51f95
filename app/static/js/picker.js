// Pickers: a select that asks the server while one types, by Tom Select. The last entry makes what is missing.

import { openQuick } from "./quick.js";
import { goOnAfter } from "./refusals.js";
import { filled, texts } from "./texts.js";

const NEW = "+new";

function other(select) {
  return select.dataset.depends ? select.form?.elements[select.dataset.depends] : undefined;
}

/** What narrows the picker, and what a new row is preset with: the customer of a contact. */
function known(select) {
  const { dataset } = select;
  const value = other(select)?.value;
  return value ? { [dataset.depends]: value } : {};
}

function addressOf(select, query) {
  const address = new URL(select.dataset.pick, location.origin);
  for (const [name, value] of Object.entries({ q: query, ...known(select) })) address.searchParams.set(name, value);
  return address;
}

/** The entry below all that was found. */
export function newEntry(what, query) {
  return filled(query ? texts.newNamed : texts.newOne, { what, text: query });
}

async function load(picker, select, query, done) {
  const turn = (picker.turn = (picker.turn ?? 0) + 1);
  picker.clearOptions((option) => picker.items.includes(String(option.id)));
  let found = [];
  try {
    const answer = await fetch(addressOf(select, query), { headers: { Accept: "application/json" } });
    if (answer.ok) found = await answer.json();
  } catch (error) {
    found = [];
  }
  if (turn !== picker.turn) return done([]);
  picker.answered = query.trim();
  const more = select.dataset.adds ? [{ id: NEW, text: newEntry(select.dataset.addsOne, query) }] : [];
  picker.hits = new Set([...found, ...more].map((item) => String(item.id)));
  done([...found, ...more]);
  if (picker.hurried === query.trim()) {
    picker.hurried = undefined;
    if (found.length === 1) picker.addItem(String(found[0].id));
  }
  return undefined;
}

async function makeNew(picker, select) {
  const text = picker.inputValue();
  picker.close();
  const item = await openQuick(select.dataset.adds, text, known(select));
  if (!item) {
    picker.focus();
    picker.setTextboxValue(text);
    return;
  }
  picker.addOption(item);
  picker.addItem(String(item.id));
  goOnAfter(select);
}

const settings = (select) => ({
  valueField: "id", labelField: "text", searchField: [], sortField: [{ field: "$order" }],
  maxOptions: 30, loadThrottle: 200, preload: "focus", closeAfterSelect: !select.multiple,
  plugins: select.multiple
    ? { remove_button: { title: texts.remove } }
    : { clear_button: { title: texts.clear, tabindex: -1 } },
  highlight: false,
  score() { // the server has searched; what is chosen already is no hit of it
    return (item) => (!this.hits || this.hits.has(String(item.id)) ? 1 : 0);
  },
  onItemAdd() {
    this.setTextboxValue("");
    if (select.multiple) this.refreshOptions(false);
  },
  shouldLoad: () => true,
  load(query, done) {
    load(this, select, query, done);
  },
  render: {
    option(item, escape) {
      const hint = item.hint ? `<span class="mut">${escape(item.hint)}</span>` : "";
      return `<div class="opt"><span>${escape(item.text)}</span>${hint}</div>`;
    },
    no_results: () => `<div class="no-results">${document.body.dataset.none}</div>`,
  },
});

/** Keys while the input method is composing are its own; Enter before the answer has come waits for it. */
function wireKeys(picker, select) {
  const { wrapper, control_input: input } = picker;
  wrapper.addEventListener("input", (event) => {
    picker.hurried = undefined;
    if (event.isComposing) event.stopPropagation();
  }, true);
  input.addEventListener("compositionend", () => input.dispatchEvent(new Event("input", { bubbles: true })));
  wrapper.addEventListener("keydown", (event) => {
    const query = picker.inputValue();
    if (event.isComposing || event.keyCode === 229) {
      event.stopPropagation();
    } else if (event.key === "Enter" && query && query !== picker.answered) {
      event.preventDefault();
      event.stopPropagation();
      picker.hurried = query;
      load(picker, select, query, (found) => picker.loadCallback(found, []));
    }
  }, true);
}

/** The hidden select keeps a name, the visible input tells what is wrong. */
function wireNames(picker, select) {
  const input = picker.control_input;
  const label = document.querySelector(`label[for="${input.id}"], label[for="${select.id}"]`);
  const name = label?.firstChild?.textContent.trim() || select.getAttribute("aria-label") || "";
  if (name) select.setAttribute("aria-label", name);
  if (name && !label) input.setAttribute("aria-label", name);
  for (const attribute of ["aria-invalid", "aria-describedby"]) {
    if (select.hasAttribute(attribute)) input.setAttribute(attribute, select.getAttribute(attribute));
    select.removeAttribute(attribute);
  }
  if (select.hasAttribute("data-required")) input.setAttribute("aria-required", "true");
}

/** Whether Enter was pressed in a picker of this form and the answer is still on its way. */
export function isHurried(form) {
  return [...form.querySelectorAll("select[data-pick]")].some((select) => select.tomselect?.hurried !== undefined);
}

export function startPicker(select) {
  if (select.tomselect || !window.TomSelect) return;
  const picker = new TomSelect(select, settings(select));
  wireKeys(picker, select);
  wireNames(picker, select);
  picker.hook("after", "refreshOptions", () => {
    const entry = picker.dropdown_content.querySelector(`[data-value="${NEW}"]`);
    entry?.classList.replace("option", "create");
  });
  picker.hook("instead", "open", () => {
    if (!picker.isQuiet) Object.getPrototypeOf(picker).open.call(picker);
  });
  for (const name of ["mousedown", "keydown", "input"]) {
    picker.wrapper.addEventListener(name, () => { picker.isQuiet = false; }, true);
  }
  picker.hook("instead", "onClick", () => {
    if (!picker.isOpen) Object.getPrototypeOf(picker).onClick.call(picker); // a click into an open one is no goodbye
  });
  picker.hook("instead", "onOptionSelect", (event, option) => {
    if (option.dataset.value === NEW) makeNew(picker, select);
    else Object.getPrototypeOf(picker).onOptionSelect.call(picker, event, option);
  });
  other(select)?.addEventListener("change", () => {
    picker.clear();
    picker.clearOptions();
    picker.load("");
  });
}
