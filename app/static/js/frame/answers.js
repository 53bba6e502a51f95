// The server answers a script with JSON, or with a refusal in its one shape.

import { texts } from "./texts.js";

const JSON_ONLY = { headers: { Accept: "application/json" }, credentials: "same-origin" };

/** Returns {found} or {refused}; a page instead of JSON means that the session has ended. */
export async function answerOf(address, options = {}) {
  try {
    const answer = await fetch(address, { ...JSON_ONLY, ...options });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    if (!isJson) return { refused: { message: answer.status < 500 ? texts.reload : texts.failed, reasons: [] } };
    const found = await answer.json();
    return answer.ok ? { found } : { refused: found };
  } catch (error) {
    return { refused: { message: texts.offline, reasons: [] } };
  }
}
