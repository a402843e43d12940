/** What a caller wrote, and how it is recognised without asking the core. */
import type { JsonOptions, RequestOptions } from "../api.js";
import { ForebayError } from "../error.js";

/** A request as written, taken apart. */
export interface Written {
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
  readonly credentials: RequestCredentials;
}

const ASK_OPTIONS = /^(priority|deadline|retries)$/;
const JSON_OPTIONS =
  /^(json|forebay|method|headers|body|signal|credentials|cache|mode|redirect|referrer|referrerPolicy|integrity|keepalive|priority|window|duplex)$/;

/** A URL as the browser understands it here and now. */
export function absolute(input: string | URL): string {
  try {
    return new URL(input, document.baseURI).href;
  } catch (cause) {
    throw new ForebayError("invalid-url", `"${input}" is not a URL, nor one relative to ${document.baseURI}.`, { cause });
  }
}

/**
 * Takes a request apart if its answer could be shared at all; `undefined` if it is to be sent as it is: its body
 * is a stream or binary, or its options ask for something that only the browser can give.
 */
export function takeApart(input: string | URL | Request, init: RequestOptions | undefined): Written | undefined {
  // By what it has: a frame's `Request` is of a class of its own.
  const from = (input as Request).url ? (input as Request) : undefined;
  const pick = <K extends keyof RequestInit & keyof Request>(name: K): RequestInit[K] | Request[K] | undefined => init?.[name] ?? from?.[name];
  const body = init?.body ?? undefined;
  // Firefox does not say whether a `Request` has a body.
  const mayHaveBody = from && (from.body ?? (!/^(GET|HEAD)$/.test(from.method) && !("body" in from)));
  if ((mayHaveBody && body === undefined) || (body !== undefined && typeof body !== "string" && !(body instanceof URLSearchParams))) return;
  const special =
    (pick("mode") ?? "cors") === "no-cors" || pick("mode") === "navigate" || (pick("redirect") ?? "follow") !== "follow" ||
    pick("cache") === "no-store" || pick("integrity") || pick("keepalive") ||
    (pick("referrer") ?? "about:client") !== "about:client";
  if (special) return;
  const headers = new Headers(init?.headers ?? from?.headers);
  if (body instanceof URLSearchParams && !headers.has("content-type")) headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
  if (typeof body === "string" && !headers.has("content-type")) headers.set("content-type", "text/plain;charset=UTF-8");
  return {
    url: absolute(from ? from.url : (input as string | URL)),
    method: /^(get|head|post|put|delete|options)$/i.test(pick("method") ?? "GET") ? (pick("method") ?? "GET").toUpperCase() : pick("method")!,
    headers: [...headers],
    body: body?.toString(),
    credentials: pick("credentials") ?? "same-origin",
  };
}

/** The key under which equal spellings are recognised: nothing of the request is left out. */
export function keyOf({ url, method, headers, body, credentials }: Written): string {
  return JSON.stringify([url, method, headers, body, credentials]);
}

/** Refuses what plain JavaScript can get wrong. `strict`: also unknown members, which `fetch` would pass over. */
export function check(init: JsonOptions | undefined, strict: boolean): void {
  if (init === undefined) return;
  if (init === null || typeof init !== "object") throw wrong("The options", "an object", init);
  const ask = init.forebay;
  if (ask !== undefined) {
    if (ask === null || typeof ask !== "object") throw wrong('"forebay"', "an object", ask);
    for (const name of Object.keys(ask)) if (!ASK_OPTIONS.test(name)) throw unknown(`forebay.${name}`, "priority, deadline, retries");
    const { priority, deadline, retries } = ask;
    if (priority !== undefined && !PRIORITIES.includes(priority)) throw wrong('"forebay.priority"', PRIORITIES.join(" or "), priority);
    if (deadline !== undefined && !(typeof deadline === "number" && deadline >= 0)) throw wrong('"forebay.deadline"', "milliseconds from 0", deadline);
    if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0 && retries <= 10)) throw wrong('"forebay.retries"', "a whole number from 0 to 10", retries);
  }
  if (!strict) return;
  for (const name of Object.keys(init)) if (!JSON_OPTIONS.test(name)) throw unknown(name, "those of fetch, json, forebay");
  if (init.json !== undefined && init.body !== undefined) throw new ForebayError("invalid-option", 'Give "json" or "body", not both.');
}

/** Priorities from the least urgent, numbered as the core does. */
export const PRIORITIES = ["background", "user-visible", "user-blocking"];

const wrong = (name: string, wanted: string, got: unknown) =>
  new ForebayError("invalid-option", `${name} must be ${wanted}, not ${typeof got} ${String(got)}.`);

const unknown = (name: string, known: string) =>
  new ForebayError("invalid-option", `There is no option "${name}". There are: ${known}.`);

/** Cache modes, numbered as the core does; the first is the default. */
const MODES = ["default", "no-cache", "reload", "force-cache", "only-if-cached"];

/** How it is asked for, as the core's `ask` takes it. */
export function flags({ init, json }: { readonly init?: RequestOptions | undefined; readonly json: boolean }): number {
  const { priority = "user-visible", retries = json ? 2 : 0 } = init?.forebay ?? {};
  return +json | (PRIORITIES.indexOf(priority) << 1) | (retries << 4) | (Math.max(0, MODES.indexOf(init?.cache!)) << 9);
}

/** A request as it is packed for the core. */
export function items({ url, method, credentials, body, headers }: Written): (string | number)[] {
  return [body === undefined ? 0 : 1, url, method, credentials, body ?? "", ...headers.flat()];
}
