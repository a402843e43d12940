/** Deadlines and signals hold for every call, in every state. */
import type { RequestOptions } from "./api.js";
import { ForebayError } from "./error.js";

type Signal = AbortSignal | null | undefined;

/** Browsers keep a delay in 32 bits; a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long anybody waits for a part of Forebay that does not come. Then the call goes on as in pass-through. */
export const PATIENCE_MS = 3_000;

/** The signal of a call: its options' own, else its `Request`'s. */
export const signalOf = (input: unknown, init: RequestInit | undefined): Signal => (init?.signal === undefined ? (input as Request)?.signal : init.signal);

/** What `fetch` takes, with this signal. */
export const withSignal = (init: RequestOptions | undefined, signal: Signal): RequestInit | undefined => (signal === undefined ? init : { ...init, signal });

/**
 * Carries out `go` until the signal aborts or the deadline passes: then the caller is told at once, and what `go` was given
 * aborts. Without a deadline `go` is given the very signal, since it may outlive the call (`fetch` resolves with the head).
 */
export function limited<T>(name: unknown, deadline: number | undefined, signal: Signal, go: (signal: Signal) => Promise<T>): Promise<T> {
  const hasDeadline = deadline! > 0;
  if (!hasDeadline && !signal) return go(signal);
  return new Promise((resolve, reject) => {
    const enough = hasDeadline ? new AbortController() : undefined;
    const end = (reason: unknown) => {
      over();
      reject(reason);
      enough?.abort(reason);
    };
    const leave = () => end(signal!.reason);
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
    };
    const timer = enough && setTimeout(() => end(new ForebayError("deadline", `${(name as Request).url ?? name}: no answer within ${deadline} ms.`, { retryable: true })), Math.min(deadline!, LONGEST_MS));
    signal?.addEventListener("abort", leave);
    if (signal?.aborted) leave();
    else go(either(signal, enough?.signal)).then(resolve, reject).then(over);
  });
}

/** Aborts with the first of two. */
export function either(one: Signal, other: Signal): Signal {
  if (!one || !other) return one ?? other;
  if (AbortSignal.any) return AbortSignal.any([one, other]);
  const first = new AbortController();
  for (const signal of [one, other]) {
    if (signal.aborted) first.abort(signal.reason);
    signal.addEventListener("abort", () => first.abort(signal.reason), { signal: first.signal });
  }
  return first.signal;
}

/** Resolves with `undefined` when so many milliseconds are over. */
export const pause = (ms: number): Promise<undefined> => new Promise((over) => setTimeout(over, ms, undefined));
