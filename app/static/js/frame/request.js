// A document's form asks its view for JSON. A question that cannot be answered says why, never “nothing found”.

/** This error stands for a missing answer: the session has ended, the server failed, or it cannot be reached. */
export class Unanswered extends Error {}

/** Takes a fresh token after signing in again in another window, for this page's token is too old then. */
async function renewToken(form) {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const token = page.querySelector(`#${form.id} input[name=csrf_token]`)?.value;
  if (token) form.elements.namedItem("csrf_token").value = token;
  return Boolean(token);
}

/** Returns ask(path, body?, signal?) for one form; a refusal is thrown as the server's body. */
export function askerOf(form, base, texts) {
  return async function ask(path, body, signal, isSecond = false) {
    const options = { signal, headers: { Accept: "application/json" }, credentials: "same-origin" };
    if (body !== undefined) {
      options.method = "POST";
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
      options.headers["X-CSRFToken"] = form.elements.namedItem("csrf_token").value;
    }
    const address = path.startsWith("/") ? path : `${base}/${path}`;
    const answer = await fetch(address, options).catch((error) => {
      throw error.name === "AbortError" ? error : new Unanswered(texts.offline);
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      const mayRetry = answer.status === 400 && body !== undefined && !isSecond;
      if (mayRetry && (await renewToken(form))) return ask(path, body, signal, true);
      throw new Unanswered(answer.status < 500 ? texts.reload : texts.failed);
    }
    const found = await answer.json();
    if (!answer.ok) throw found;
    return found;
  };
}
