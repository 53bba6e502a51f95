// Notes below a line say what is wrong or odd in it, with buttons that correct it.

import { element } from "../form/combobox.js";

let serial = 0;

/**
 * A note is {tone: "stop" or "wait", text, cures: [{text, act}]}. `isOpen` waits for an answer; `isRemark` keeps nobody
 * from saving; `isComputed` comes and goes with the figures of the line. Without a text
 * the cells tell it by themselves.
 */
function drawn(note) {
  const isFault = note.tone === "stop" && !note.isRemark;
  const classes = `line-note ${note.tone} ${isFault ? "err" : ""}`;
  const box = element("div", classes, element("span", "", note.text));
  box.id = `line-note-${++serial}`;
  box.hidden = !note.text;
  for (const { text, act } of note.cures ?? []) {
    const button = element("button", "lk", text);
    button.type = "button";
    button.addEventListener("click", act);
    box.append(" ", button);
  }
  return box;
}

const said = (note) => note && [note.tone, note.text, ...(note.cures ?? []).map(({ text }) => text)].join("\n");

/** Holds the notes of one line: at most one per cell, each tied to the cell that it is about. */
export class LineNotes {
  constructor(row, cells) {
    this.box = row.querySelector("[data-notes]");
    this.row = row;
    this.cells = cells;
    this.told = new Map();
  }

  /** Puts a note for a cell, or takes it away; a note that says the same stays, with the focus in it. */
  put(name, note) {
    const cell = this.cells[name];
    if (said(note) === said(this.told.get(name))) return;
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

  /** Puts what follows from the figures of the line; a refusal stays until something else is typed. */
  compute(name, note) {
    const now = this.told.get(name);
    if (note) this.put(name, { ...note, isComputed: true });
    else if (now?.isComputed) this.put(name);
  }

  /** Tells whether something has to be corrected or answered ("stop"), or only known ("wait"). */
  has(tone) {
    return [...this.told.values()].some((note) => (note.isOpen ? "stop" : note.tone) === tone);
  }

  /** Returns the first button of a note that has to be answered before one goes on. */
  answerTo(name) {
    const note = this.told.get(name);
    const isAsked = note && (note.isOpen || (note.tone === "stop" && !note.isRemark));
    return isAsked ? note.box.querySelector("button") : null;
  }
}
