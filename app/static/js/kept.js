// What was typed and not saved, kept in this tab only: a reload or a lost session brings it back, another person never sees it.

const PAUSE = 800; // ms after the last key

export class Kept {
  constructor(key, content) {
    this.key = key;
    this.content = content;
    this.version = null;
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), PAUSE);
  }

  cancel() {
    clearTimeout(this.timer);
  }

  now() {
    const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    try {
      sessionStorage.setItem(this.key, JSON.stringify({ at, version: this.version, ...this.content() }));
    } catch (error) {
      // a full or forbidden store is no reason to stop anybody from typing
    }
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
