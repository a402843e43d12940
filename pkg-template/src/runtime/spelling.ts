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

/** Priorities from the least urgent, numbered as the core does. */
export const PRIORITIES = ["background", "user-visible", "user-blocking"];

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
