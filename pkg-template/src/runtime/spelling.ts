/** What a caller wrote, and how it is recognised without asking the core. */
import type { RequestOptions } from "../api.js";
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
  /** How the names of headers were written, by their own in small letters: HTTP/1.1 shows it. It keeps nothing apart. */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

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
/** Tools put classes of their own over the browser's. */
const getterOf = (prototype: object, name: string): (() => any) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get ?? getterOf(Object.getPrototypeOf(prototype), name);
const URL_OF = getterOf(Request.prototype, "url");

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
  // One that a frame has made is of a class of its own.
  if (signal && Object.prototype.toString.call(signal) !== "[object AbortSignal]") return;
  const told: Record<string, unknown> = {};
  for (const [name, values] of Object.entries<readonly unknown[]>(TOLD)) {
    let value: unknown = init?.[name as keyof RequestInit];
    if (value === undefined) value = from?.[name as keyof Request];
    if (value === undefined || value === values[0]) continue;
    if (!values.includes(value)) return;
    told[name] = value;
  }
  // What a page has put on every object is nobody's option.
  const isUnknown = (name: string) => !(Object.hasOwn(TOLD, name) || KNOWN.test(name) || name in Object.prototype);
  for (const name in init) if (isUnknown(name) && init[name as keyof RequestInit] !== undefined) return;
  for (const name in from) {
    const value: unknown = from[name as keyof Request];
    // Methods are another frame's own, too.
    if (isUnknown(name) && typeof value !== "function" && value !== (blank ??= new Request(""))[name as keyof Request]) return;
  }
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
    names: namesIn(given),
  };
}

/** Names that `Headers` writes small. (Of what can be read only once, there are none any more.) */
function namesIn(given: HeadersInit | undefined): ReadonlyMap<string, string> | undefined {
  if (!given || given instanceof Headers) return;
  const names = Symbol.iterator in given ? Array.from(given, ([name]) => String(name)) : Object.keys(given);
  const large = names.filter((name) => /[A-Z]/.test(name));
  return large[0] === undefined ? undefined : new Map(large.map((name) => [name.toLowerCase(), name]));
}

/** The key under which equal spellings are recognised: nothing of the request is left out. */
export function keyOf({ url, method, headers, body, credentials, told }: Written): string {
  return JSON.stringify([url, method, headers, body, credentials, told]);
}

/** Priorities from the least urgent, numbered as the core does. */
export const PRIORITIES = ["background", "user-visible", "user-blocking"];

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
