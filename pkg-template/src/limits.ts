/** Deadlines and signals hold for every call, in every state. */
import type { RequestOptions } from "./api.js";
import { ForebayError } from "./error.js";
import { NativePromise } from "./native.js";

type Signal = AbortSignal | null | undefined;

/** Browsers keep a delay in 32 bits; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31;

/** How long anybody waits for a part of Forebay that does not come. Then the call goes on as in pass-through. */
export const PATIENCE_MS = 3_000;

/** The signal of a call: its options' own, else its `Request`'s. */
export const signalOf = (input: unknown, init: RequestInit | undefined): Signal => (init?.signal === undefined ? (input as Request)?.signal : init.signal);

/** Sends until this signal aborts. Told something beside a `Request`, `fetch` would forget whose page it came from, and how much of that may be said. */
export function fetchUntil(input: RequestInfo | URL, init: RequestOptions | undefined, signal: Signal): Promise<Response> {
  if (signal === undefined || signal === signalOf(input, init)) return fetch(input, init);
  const request = new Request(input, init);
  const { referrer, referrerPolicy } = request;
  return fetch(request, { signal, referrer, referrerPolicy });
}

/**
 * Carries out `go` until the signal aborts or the deadline passes: then the caller is told at once, and what `go` was given
 * aborts. Without a deadline `go` is given the very signal, since it may outlive the call (`fetch` resolves with the head).
 */
export function limited<T>(name: unknown, deadline: number | undefined, signal: Signal, go: (signal: Signal) => Promise<T>): Promise<T> {
  // What is no number is for others to refuse.
  const enough = deadline! > 0 && deadline! < LONGEST_MS ? new AbortController() : undefined;
  if (!enough && !signal) return go(signal);
  return new NativePromise((resolve, reject) => {
    const end = (reason: unknown) => {
      reject(reason);
      enough?.abort(reason);
    };
    const leave = () => end(signal!.reason);
    const timer = enough && setTimeout(() => end(new ForebayError("deadline", `${(name as Request).url ?? name}: no answer within ${deadline} ms.`, { retryable: true })), deadline);
    if (signal?.aborted) return leave();
    signal?.addEventListener("abort", leave);
    go(either(signal, enough?.signal)).then(resolve, reject).then(() => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    });
  });
}

/** No longer than anybody waits for a part. */
export const soon = <T>(what: Promise<T>): Promise<T | undefined> => Promise.race([what, pause(PATIENCE_MS)]);

/** Aborts with the first of two; where a browser cannot say that, with the caller's own: then only the caller hears of a deadline. */
export const either = (one: Signal, other: Signal): Signal => (one && other && AbortSignal.any?.([one, other])) || one || other;

/** Resolves with `undefined` when so many milliseconds are over. */
export const pause = (ms: number): Promise<undefined> => new Promise((over) => setTimeout(over, ms, undefined));
