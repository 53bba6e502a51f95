// What was typed and not saved, kept in this tab only: a reload or a lost session brings it back, another person never sees it.

import { element } from "./combobox.js";
import { filled, texts } from "./texts.js";

const PAUSE = 800; // ms after the last key

export class Kept {
  constructor(key, content) {
    this.key = key;
    this.content = content;
    this.version = null;
    this.isOver = false;
  }

  /** Once nobody has typed for a moment: keep it, or do what is asked instead. */
  soon(work = () => this.now()) {
    if (this.isOver) return;
    this.work = work;
    clearTimeout(this.timer);
    this.timer = setTimeout(work, PAUSE);
  }

  cancel() {
    clearTimeout(this.timer);
    this.work = undefined;
  }

  /** What waits to be kept is kept at once: the page is on its way out. */
  atOnce() {
    const { work } = this;
    this.cancel();
    work?.();
  }

  /** Returns the time it was kept at. */
  now() {
    const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    this.cancel();
    if (this.isOver) return at;
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ at, version: this.version, ...this.content() }));
    } catch (error) {
      // a full or forbidden store is no reason to stop anybody from typing
    }
    return at;
  }

  found() {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "null");
    } catch (error) {
      return null;
    }
  }

  /** A draft of another version of the record: it waits aside, so that nothing typed now takes its place. */
  older() {
    const aside = `${this.key}-older`;
    const found = this.found();
    if (found && found.version !== this.version) {
      sessionStorage.setItem(aside, JSON.stringify(found));
      this.forget();
    }
    return JSON.parse(sessionStorage.getItem(aside) ?? "null");
  }

  /** From now on it counts as one of this version; or it is gone. */
  settle(older, isWanted) {
    sessionStorage.removeItem(`${this.key}-older`);
    this.cancel();
    if (isWanted) sessionStorage.setItem(this.key, JSON.stringify({ ...older, version: this.version }));
  }

  forget() {
    this.cancel();
    sessionStorage.removeItem(this.key);
  }

  /** Saved or not wanted, and the page on its way out: an answer that comes in late brings nothing back. */
  end() {
    this.forget();
    this.isOver = true;
  }
}

/** What was typed on an older version is offered below `place`, not put over what somebody else has saved since. */
export function offerOlder(kept, place) {
  const older = kept.older();
  if (!older) return;
  const button = (text, act) => {
    const made = element("button", "lk", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  };
  const take = button(texts.putBack, () => {
    kept.settle(older, true);
    location.reload();
  });
  const note = element("div", "note wait restored");
  const drop = button(texts.discard, () => {
    kept.settle(older, false);
    note.remove();
  });
  note.setAttribute("role", "status");
  note.append(element("span", "", filled(texts.older, { at: older.at })), " ", take, " · ", drop);
  place.after(note);
}
