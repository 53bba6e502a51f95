// What was typed and not saved, kept in this tab only: a reload or a lost session brings it back, another person never sees it.

const PAUSE = 800; // ms after the last key

export class Kept {
  constructor(key, content) {
    this.key = key;
    this.content = content;
    this.version = null;
  }

  /** Once nobody has typed for a moment: keep it, or do what is asked instead. */
  soon(work = () => this.now()) {
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

  forget() {
    this.cancel();
    sessionStorage.removeItem(this.key);
  }
}
