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
  /** What else was told, beside the defaults. */
  readonly told?: Told;
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
 * What `fetch` may be told besides URL, method, headers, body and signal, and which values the broker knows: the first is
 * the default, the others are passed on. Every other value and every other member, of today or tomorrow, goes past it.
 */
const TOLD = {
  credentials: ["same-origin", "include", "omit"],
  mode: ["cors", "same-origin"],
  referrerPolicy: [
    "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
    "strict-origin-when-cross-origin", "unsafe-url",
  ],
  cache: ["default", "no-cache", "reload", "force-cache", "only-if-cached"],
  priority: ["auto", "high", "low"],
  redirect: ["follow"],
  integrity: [""],
  keepalive: [false],
  referrer: ["about:client"],
  duplex: ["half"],
} as const;

/** What is looked at in its own way, and what is ours. */
const KNOWN = /^(method|headers|body|signal|url|json|forebay)$/;

/** What was told beside the defaults. */
export type Told = Pick<RequestInit, "mode" | "referrerPolicy" | "cache" | "priority">;

/** A `Request` that nobody has told anything. */
let blank: Request | undefined;

/** The `Request` that `fetch` was given, of whatever frame; what only looks like one, `fetch` takes for a URL. */
export function requestOf(input: unknown): Request | undefined {
  try {
    if (typeof input === "object") return URL_OF.call(input) && (input as Request);
  } catch {
    // A URL, or something that can be written as one.
  }
  return;
}
const URL_OF = Object.getOwnPropertyDescriptor(Request.prototype, "url")!.get!;

/**
 * Takes a request apart if its answer could be shared at all; `undefined` if it is to be sent as it is: its body
 * is a stream or binary, its options ask for something that only the browser can give, or the browser will refuse it.
 */
export function takeApart(input: string | URL | Request, init: RequestOptions | undefined): Written | undefined {
  if (init !== undefined && Object(init) !== init) return;
  const from = requestOf(input);
  const { method = from?.method ?? "GET", headers: given = from?.headers, body = null, signal } = init ?? {};
  const isRead = /^(get|head)$/i.test(method);
  // What a Request holds as its body cannot be seen in every browser.
  if (typeof method !== "string" || (isRead ? body !== null : from && body === null)) return;
  if (body !== null && typeof body !== "string" && !(body instanceof URLSearchParams)) return;
  if (signal && !(signal instanceof AbortSignal)) return;
  const told: Record<string, unknown> = {};
  for (const name in TOLD) {
    const values: readonly unknown[] = TOLD[name as keyof typeof TOLD];
    let value: unknown = init?.[name as keyof RequestInit];
    if (value === undefined) value = from?.[name as keyof Request];
    if (value === undefined || value === values[0]) continue;
    if (!values.includes(value)) return;
    told[name] = value;
  }
  const isUnknown = (name: string) => !(name in TOLD || KNOWN.test(name));
  for (const name in init) if (isUnknown(name) && init[name as keyof RequestInit] !== undefined) return;
  for (const name in from) if (isUnknown(name) && from[name as keyof Request] !== (blank ??= new Request(""))[name as keyof Request]) return;
  const headers = new Headers(given);
  if (body instanceof URLSearchParams && !headers.has("content-type")) headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
  if (typeof body === "string" && !headers.has("content-type")) headers.set("content-type", "text/plain;charset=UTF-8");
  const { credentials = "same-origin", ...rest } = told as { credentials?: RequestCredentials };
  return {
    url: absolute(from ? from.url : (input as string | URL)),
    method: isRead || /^(post|put|delete|options)$/i.test(method) ? method.toUpperCase() : method,
    headers: [...headers],
    body: body?.toString(),
    credentials,
    told: rest,
  };
}

/** The key under which equal spellings are recognised: nothing of the request is left out. */
export function keyOf({ url, method, headers, body, credentials, told }: Written): string {
  return JSON.stringify([url, method, headers, body, credentials, told]);
}

/** Refuses what plain JavaScript can get wrong. `strict`: also unknown members, which `fetch` would pass over. */
export function check(init: JsonOptions | undefined, strict: boolean): void {
  // What `fetch` makes of other things the browser says.
  if (init === undefined || (!strict && Object(init) !== init)) return;
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

/** How it is asked for, as the core's `ask` takes it. */
export function flags({ input, init, json }: { readonly input: unknown; readonly init?: RequestOptions | undefined; readonly json: boolean }): number {
  const { priority = "user-visible", retries = json ? 2 : 0 } = init?.forebay ?? {};
  // Cache modes are numbered as the core does.
  const mode = TOLD.cache.indexOf((init?.cache ?? requestOf(input)?.cache) as "default");
  return +json | (PRIORITIES.indexOf(priority) << 1) | (retries << 4) | (Math.max(0, mode) << 9);
}

/** A request as it is packed for the core. */
export function items({ url, method, credentials, body, headers, told }: Written): (string | number)[] {
  const { mode, referrerPolicy, cache } = told ?? {};
  // What is stored is given in every mode.
  const how = [credentials, ...(cache === "only-if-cached" ? [] : [mode, referrerPolicy])].filter(Boolean).join(" ");
  return [body === undefined ? 0 : 1, url, method, how, body ?? "", ...headers.flat()];
}
