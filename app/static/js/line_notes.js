// What is wrong or odd in a line, told below it: the sentence, and what would mend it as buttons.

import { element } from "./combobox.js";

let serial = 0;

/** {tone: "stop" or "wait", text, cures: [{text, act}]} as a sentence with its buttons. */
function drawn(note) {
  const classes = note.tone === "stop" ? "line-note stop err" : `line-note ${note.tone}`;
  const box = element("div", classes, element("span", "", note.text));
  box.id = `line-note-${++serial}`;
  for (const { text, act } of note.cures ?? []) {
    const button = element("button", "lk", text);
    button.type = "button";
    button.addEventListener("click", act);
    box.append(" ", button);
  }
  return box;
}

/** The notes of one line: at most one per cell, each tied to the cell that it is about. */
export class LineNotes {
  constructor(row, cells) {
    this.box = row.querySelector("[data-notes]");
    this.row = row;
    this.cells = cells;
    this.told = new Map();
  }

  /** Put a note for a cell, or take it away with nothing. */
  put(name, note) {
    const cell = this.cells[name];
    this.told.get(name)?.box.remove();
    this.told.delete(name);
    cell?.removeAttribute("aria-invalid");
    cell?.removeAttribute("aria-describedby");
    cell?.closest("td").classList.remove("odd");
    if (note) {
      const box = drawn(note);
      this.box.append(box);
      this.told.set(name, { ...note, box });
      cell?.setAttribute("aria-describedby", box.id);
      cell?.closest("td").classList.toggle("odd", note.tone === "stop");
      if (note.tone === "stop" && !note.isRemark) cell?.setAttribute("aria-invalid", "true");
    }
    this.row.classList.toggle("noted", this.told.size > 0);
  }

  of(name) {
    return this.told.get(name);
  }
}
