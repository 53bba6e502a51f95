// The row of one line is drawn from what the server says of its cells. Notes and long texts stand below them.

import { element } from "../form/combobox.js";
import { icon } from "../frame/icon.js";

// Width of each kind of cell in pixels, where there is room and where there is little; 0 is hidden.
const WIDTHS = {
  quantity: [96, 76],
  price: [112, 98],
  discount: [84, 66],
  rate: [64, 0],
  number: [92, 80],
  choice: [132, 108],
  date: [116, 104],
  text: [150, 120],
  amount: [112, 104],
  stock: [168, 92],
  fixed: [92, 80],
};
const PRODUCT = 260; // the least width of the elastic column
const NUMBER = [40, 34];
const REMOVE = [32, 26];
const LONGEST = 20000; // Characters of a text that says no length of its own.

export const FIGURES = new Set(["quantity", "price", "discount", "number"]);
export const COMPUTED = new Set(["amount", "stock", "fixed"]);
/** Returns whether the cell is a long text, which stands below its line. */
export const isLong = ({ kind }) => kind === "remark";

/** Returns how the columns share the width: {sizes, isNarrow}; undefined where each line has to be a card. */
export function columnsFor(width, columns) {
  for (const narrow of [0, 1]) {
    const sizes = [];
    let taken = NUMBER[narrow] + REMOVE[narrow] + PRODUCT;
    for (const { kind } of columns) {
      if (kind === "product") sizes.push(`minmax(${PRODUCT}px, 1fr)`);
      else if (WIDTHS[kind]?.[narrow]) {
        sizes.push(`${WIDTHS[kind][narrow]}px`);
        taken += WIDTHS[kind][narrow];
      }
    }
    const all = [`${NUMBER[narrow]}px`, ...sizes, `${REMOVE[narrow]}px`];
    if (taken <= width) return { sizes: all.join(" "), isNarrow: Boolean(narrow) };
  }
  return undefined;
}

function inputOf(column, attributes) {
  const input = element("input", FIGURES.has(column.kind) ? "r" : "");
  Object.assign(input, { type: "text", autocomplete: "off", maxLength: column.length ?? 20, ...attributes });
  if (FIGURES.has(column.kind)) input.inputMode = "decimal";
  if (column.kind === "date") input.dataset.day = "";
  return input;
}

function selectOf(column) {
  const select = element("select");
  if (!column.required && column.kind === "choice") select.append(new Option("", ""));
  for (const [value, label] of column.options) select.append(new Option(label, value));
  return select;
}

function cellOf(column, texts, hasLong) {
  const { name, kind, label } = column;
  const cell = element("td", kind);
  if (COMPUTED.has(kind)) {
    const figure = element("span");
    figure.dataset[kind === "stock" ? "available" : kind] = kind === "fixed" ? name : "";
    cell.classList.toggle("num", kind === "fixed" && column.isFigure);
    cell.append(figure);
    cell.dataset.l = label;
    if (kind === "stock") cell.dataset.said = texts.available;
    return cell;
  }
  const input = kind === "rate" || kind === "choice" ? selectOf(column) : inputOf(column, {});
  input.dataset.cell = name;
  input.setAttribute("aria-label", label);
  cell.append(input);
  if (kind === "product") {
    Object.assign(input, { maxLength: 60, placeholder: texts.productHint });
    const last = element("span", "last mut");
    last.dataset.last = "";
    cell.append(last);
    if (hasLong) cell.append(quietButton("remark", "message", texts.remark, "Alt+M"));
    return cell;
  }
  cell.classList.toggle("num", FIGURES.has(kind));
  cell.dataset.l = label;
  if (kind === "quantity") {
    const unit = element("span", "mut unit");
    unit.dataset.unit = "";
    cell.append(unit);
  }
  return cell;
}

/** Makes a button that is reached by its own keys, not by Tab. */
function quietButton(name, symbol, title, keys) {
  const button = element("button", "btn btn-icon", icon(symbol));
  Object.assign(button, { type: "button", tabIndex: -1, title: `${title} (${keys})` });
  button.setAttribute("aria-label", title);
  button.dataset[name] = "";
  return button;
}

/** Makes what stands below the cells: the notes, and each long text once it is wanted. */
function below(columns) {
  const under = element("td", "under");
  const notes = element("div", "notes");
  notes.dataset.notes = "";
  under.append(notes);
  for (const column of columns) {
    const input = inputOf(column, { placeholder: column.label, maxLength: column.length ?? LONGEST });
    input.dataset.cell = column.name;
    input.setAttribute("aria-label", column.label);
    input.hidden = !column.required;
    // Of several texts each says which it is; a single one says it while it is empty.
    under.append(columns.length > 1 ? element("label", "", element("span", "", column.label), input) : input);
  }
  return under;
}

/** Makes one empty row of the table. */
export function drawRow(columns, texts) {
  const row = element("tr");
  const number = element("td", "no");
  number.dataset.no = "";
  const tools = element("td", "cut");
  const long = columns.filter(isLong);
  const shown = columns.filter((column) => !isLong(column));
  tools.append(quietButton("remove", "x", texts.remove, "Ctrl+Delete"));
  row.append(number, ...shown.map((column) => cellOf(column, texts, long.length > 0)), tools, below(long));
  return row;
}
