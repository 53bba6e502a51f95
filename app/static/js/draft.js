// What was typed into a record's form and not saved, kept in this tab: after a reload or a lost session it is back.
// The key holds who typed it and into which form; a draft of an older version of the record is offered, not put back.

import { Kept } from "./kept.js";

const KEYLESS = new Set(["hidden", "password", "file", "submit", "button"]);

/** Drop what a form saved: the server names it in a cookie, so that a lost session or a refusal drops nothing. */
export function forgetSaved() {
  const token = /(?:^|; )saved=([^;]+)/.exec(document.cookie)?.[1];
  if (!token) return;
  document.cookie = "saved=; Max-Age=0; path=/; SameSite=Lax";
  for (const key of Object.keys(sessionStorage)) {
    if (sessionStorage.getItem(key).includes(`"token":"${token}"`)) sessionStorage.removeItem(key);
  }
}

function valueOf(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked;
  if (control.tagName !== "SELECT") return control.value;
  return [...control.selectedOptions].filter((option) => option.value).map((option) => [option.value, option.text]);
}

function putBack(control, value) {
  if (control.type === "checkbox" || control.type === "radio") {
    control.checked = value;
  } else if (control.tagName !== "SELECT") {
    control.value = value;
  } else {
    for (const option of control.options) option.selected = false;
    if (!value.length && !control.multiple) control.value = "";
    for (const [key, text] of value) {
      let option = [...control.options].find((found) => found.value === key);
      if (!option && control.dataset.pick) control.append((option = new Option(text, key)));
      if (option) option.selected = true;
    }
  }
}

export class Draft {
  constructor(form) {
    this.form = form;
    this.kept = new Kept(`draft-${form.dataset.keep}-${location.pathname}${location.search}`, () => this.content());
    this.kept.version = form.elements.namedItem("version")?.value ?? null;
    this.before = JSON.stringify(this.values());
  }

  get controls() {
    return [...this.form.elements].filter((control) => control.name && !KEYLESS.has(control.type));
  }

  /** Values by name, several boxes of one name told apart by what they stand for. */
  values() {
    const key = (control) => (control.type === "checkbox" ? `${control.name}=${control.value}` : control.name);
    return Object.fromEntries(this.controls.map((control) => [key(control), valueOf(control)]));
  }

  content() {
    return { token: this.form.elements.namedItem("form_token").value, values: this.values() };
  }

  get isChanged() {
    return JSON.stringify(this.values()) !== this.before;
  }

  /** Keep what stands there now; `told` learns the time. */
  soon(told) {
    this.kept.soon(() => {
      if (this.isChanged) told(this.kept.now());
      else this.kept.forget();
    });
  }

  /** Put a draft of this version back; returns when it was typed, or undefined. Before the pickers are made. */
  restore() {
    const found = this.kept.found();
    if (!found || found.version !== this.kept.version) return undefined;
    for (const control of this.controls) {
      const key = control.type === "checkbox" ? `${control.name}=${control.value}` : control.name;
      if (key in found.values) putBack(control, found.values[key]);
    }
    return this.isChanged ? found.at : undefined;
  }
}
