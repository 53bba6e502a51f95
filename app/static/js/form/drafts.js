// A draft is what was typed into a form and not saved. It is kept in this browser for one person and one form, offered
// when the form is opened again, put back only when it is wanted, and gone once the form is saved or cancelled.

import { element } from "./combobox.js";
import { allDrafts, draftsOf, dropDraft, keepDraft } from "./draft_store.js";
import { filled, texts } from "../frame/texts.js";

const PAUSE = 400; // Milliseconds after the last key.
const OLDEST = 30 * 24 * 3600 * 1000; // A draft of this age is not offered any more.
const MOST_OFFERED = 3;
const ADOPTED = "draft"; // The form that was sent: when it comes back refused, its draft goes on.

/** Returns 10:21 for today, 11-29 10:21 for another day. */
function moment(time) {
  const at = new Date(time);
  const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? clock : `${at.getMonth() + 1}-${at.getDate()} ${clock}`;
}

/** Drops the draft of the form that a cookie of the server names as saved; a refusal or a lost session drops none. */
async function forgetSaved() {
  const token = /(?:^|; )saved=([^;]+)/.exec(document.cookie)?.[1];
  if (!token) return;
  document.cookie = "saved=; Max-Age=0; path=/; SameSite=Lax";
  const saved = (await allDrafts()).filter((draft) => draft.token === token);
  await Promise.all(saved.map(({ id }) => dropDraft(id)));
}

/** Removes all drafts of a person who signs out. */
export async function forgetAll(who) {
  sessionStorage.clear();
  const own = (await allDrafts()).filter(({ scope }) => scope.startsWith(`${who} `));
  await Promise.all(own.map(({ id }) => dropDraft(id)));
}

const isClean = forgetSaved().catch(() => {});

export class Drafts {
  /**
   * scope      whose draft of which form
   * version    of the record as the form shows it
   * token      the form's own name, by which the server tells that it was saved
   * content()  what is kept: {party?, about?, …}; null while nothing was typed
   */
  constructor({ scope, version, token, content }) {
    Object.assign(this, { scope, version, token, content });
    this.id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.isOver = false;
    this.isPending = false; // Something was typed that the browser does not hold yet.
    document.addEventListener("visibilitychange", () => document.hidden && this.atOnce());
    addEventListener("pagehide", () => this.atOnce());
  }

  /** Keeps the form once nobody has typed for a moment; `told` gets the time. */
  soon(told) {
    if (this.isOver) return;
    this.isPending = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now().then((at) => at && told?.(at)), PAUSE);
  }

  atOnce() {
    if (this.isPending) this.now();
  }

  /** Forgets that something is to be kept, for what the page itself put there is no draft. */
  rest() {
    clearTimeout(this.timer);
    this.isPending = false;
  }

  /** Keeps what stands there; returns the time, or undefined when nothing was kept. */
  async now() {
    clearTimeout(this.timer);
    if (this.isOver) return undefined;
    const content = this.content();
    const { id, scope, version, token } = this;
    const at = Date.now();
    try {
      if (content) await keepDraft({ id, scope, version, token, at, ...content });
      else await dropDraft(id);
      this.isPending = false;
    } catch (error) {
      return undefined; // A full or forbidden store is no reason to stop anybody from typing.
    }
    return content ? moment(at) : undefined;
  }

  /** Remembers that the form is sent: if it comes back refused, it goes on with this draft. */
  sent() {
    sessionStorage.setItem(ADOPTED, JSON.stringify({ scope: this.scope, id: this.id }));
    return this.now();
  }

  /** Goes on with the draft of a form that came back refused. */
  adopt() {
    const sent = JSON.parse(sessionStorage.getItem(ADOPTED) ?? "null");
    if (sent?.scope === this.scope) this.id = sent.id;
  }

  /** Returns earlier drafts, the latest first. */
  async others() {
    await isClean;
    const found = await draftsOf(this.scope).catch(() => []);
    const old = found.filter(({ at }) => Date.now() - at > OLDEST);
    await Promise.all(old.map(({ id }) => dropDraft(id)));
    return found.filter((draft) => draft.id !== this.id && !old.includes(draft)).sort((one, two) => two.at - one.at);
  }

  /** Puts a draft back; what is typed from now on goes on with it. */
  async take(draft) {
    if (this.id !== draft.id) await dropDraft(this.id);
    this.id = draft.id;
    return moment(draft.at);
  }

  /** Drops the draft of a saved or unwanted form before the page is left; a late answer brings nothing back. */
  async end() {
    this.rest();
    this.isOver = true;
    await dropDraft(this.id).catch(() => {});
  }
}

const button = (text, act) => {
  const made = element("button", "lk", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};

/** Offers drafts behind `place`, a line each; `take(draft, at)` puts one back into the form. */
export function offerDrafts(drafts, found, place, take) {
  document.querySelectorAll(".note.offered").forEach((old) => old.remove());
  for (const draft of found.slice(0, MOST_OFFERED).reverse()) {
    const said = draft.version === drafts.version ? texts.offered : texts.older;
    const note = element("div", "note restored offered");
    const back = button(texts.putBack, async () => {
      document.querySelectorAll(".note.offered").forEach((old) => old.remove());
      take(draft, await drafts.take(draft));
    });
    const drop = button(texts.discard, async () => {
      await dropDraft(draft.id);
      note.remove();
    });
    note.setAttribute("role", "status");
    const about = filled(said, { at: moment(draft.at), what: draft.about ?? "" });
    note.append(element("span", "", about), " ", back, " · ", drop);
    place.after(note);
  }
}

/** Says what was put back, with a button that throws it away. */
export function sayPutBack(drafts, at, place) {
  const forget = button(texts.discard, async () => {
    await drafts.end();
    location.reload();
  });
  const note = element("div", "note restored", element("span", "", filled(texts.restored, { at })), " · ", forget);
  note.setAttribute("role", "status");
  place.after(note);
}

/** Lets the links that cancel a form ask once where something was typed, and then throw it away. */
export function wireCancel(form, drafts, isTyped) {
  for (const link of form.querySelectorAll("[data-cancel]")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      if (isTyped() && !window.confirm(texts.cancelSure)) return;
      await drafts.end();
      location.assign(link.href);
    });
  }
}
