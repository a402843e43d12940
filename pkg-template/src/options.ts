import type { JsonOptions } from "./api.js";
import { isJson } from "./request/json.js";

/** `json`'s options as `fetch` wants them: a value given as `json` becomes the body, as `write` writes what JSON alone does not say. */
export function asInit(init?: JsonOptions, write: (value: unknown, path: string) => string | undefined = (value) => JSON.stringify(value)): RequestInit | undefined {
  // A Request, which may stand there, too, has a method of that name.
  if (init?.json === undefined || init instanceof Request) return init;
  const headers = new Headers(init.headers);
  headers.set("content-type", "application/json");
  const { json, ...others } = init;
  return { method: "POST", ...others, headers, body: write(json, "json")! };
}

/** Whether {@link asInit} needs no writer. */
export const isWritten = (init: JsonOptions | undefined): boolean => init?.json === undefined || init instanceof Request || isJson(init.json);

/** The same for any value, by the writer that is loaded for it. */
export const writtenInit = async (init: JsonOptions | undefined): Promise<RequestInit | undefined> => asInit(init, (await import("./request/index.js")).toJson);
