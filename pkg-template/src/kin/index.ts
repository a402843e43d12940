/** What only answers to other requests than their own need (see `src/broker/kin.rs`); loaded when there is one. */
import { dressed } from "../../../src/browser/exchange.js";
import type { Exchange } from "../runtime/exchange.js";
import { type Extend, fetchPart } from "../runtime/core.js";

/** Some bytes of a whole answer, as a 206: the first, the first after them, and their `Content-Range`. */
export function piece(exchange: Exchange, [from, end, range]: [string, string, string]): Response {
  const body = exchange.whole()!.slice(+from, +end) as Uint8Array<ArrayBuffer>;
  const headers = new Headers(exchange.response(null, undefined, true).headers);
  headers.set("content-range", range);
  headers.set("content-length", String(body.length));
  const { url, type, redirected } = exchange.head;
  return dressed(new Response(body, { status: 206, statusText: "Partial Content", headers }), { url, type, redirected }, (error: unknown) => error);
}

/** Adds to the core what finds them. */
export const load = (extend: Extend): Promise<void> => extend(fetchPart(new URL("./kin.wasm", import.meta.url), undefined));
