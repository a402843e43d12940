import type { JsonOptions } from "./api.js";
import { ForebayError } from "./error.js";

/** `json`'s options as `fetch` wants them: a value given as `json` becomes the body. */
export function asInit(init?: JsonOptions): RequestInit | undefined {
  // A Request, which may stand there, too, has a method of that name.
  if (init?.json === undefined || init instanceof Request) return init;
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json");
  try {
    const body = JSON.stringify(init.json);
    if (!body) throw typeof init.json;
    return { method: "POST", ...init, headers, body };
  } catch (cause) {
    throw new ForebayError("invalid-body", "no JSON: " + cause, { cause });
  }
}
