/**
 * Keeps what is watched as new as somebody wants it: asks for it again at intervals, when the page is looked at again, and
 * when the network is back. Whoever asks accepts what any app in any tab was told within the interval, so that all together
 * are one poller for each request; and a page that nobody sees asks for nothing.
 */
import type { Forebay, JsonOptions, WatchedQuery } from "../api.js";
import { invalid } from "../error.js";
import { sessionOf } from "../identity.js";
import { REGISTRY, type Page } from "../protocol.js";

/** When to ask again. */
export interface When {
  /** Milliseconds, at least 1,000. Time in which the page is hidden, or offline, is made up for when it ends. */
  interval?: number;
  /** Also when the page becomes visible, if what is known is older than {@link THROTTLE_MS}. Default `false`. */
  focus?: boolean;
  /** Also when the network is back, likewise. Default `false`. */
  reconnect?: boolean;
}

/** People switch tabs often: what is not older than so many milliseconds is not asked for again because of it. */
const THROTTLE_MS = 5_000;
/** All intervals of a browser's tabs are counted from the same moment; those of another browser from another. */
const PHASES_MS = 60_000;
const PHASE = "forebay phase";

/**
 * Begins to ask for `request` again, as `when` says; returns what ends it. Watches of the same request are told what comes.
 * The request's own errors are theirs to show: here they only mean that the next time is awaited.
 *
 * For requests to the page's own origin answers count that another app or tab has got meanwhile; elsewhere that could only be
 * said by a header (`Cache-Control: max-age`) for which the other server would have to be asked first, and the server decides
 * whether what is known still holds.
 */
export function refetch(app: Forebay, request: string | URL | WatchedQuery, init: JsonOptions | undefined, when: When): () => void;
export function refetch(app: Forebay, request: string | URL | WatchedQuery, init: JsonOptions = {}, { interval, focus, reconnect }: When): () => void {
  if (interval !== undefined && !(interval >= 1_000)) throw invalid(`refetch: interval is ${interval}; it is in milliseconds, and at least 1000`);
  const query = typeof request === "object" && "query" in request ? request : undefined;
  const { origin } = new URL(query ? (query.endpoint ?? "") : (request as string | URL), location.href);
  const page = (): Page => (globalThis as any)[REGISTRY]?.v1 ?? {};
  const session = sessionOf(page());
  const enough = new AbortController();
  const { signal } = enough;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = Date.now();

  /** Asks, unless what is known is not older than `age` milliseconds. */
  const ask = async (age: number) => {
    asked = Date.now();
    const given = (query ?? init).headers;
    // With the former person's token it would ask as that person.
    if (session && given && session !== sessionOf(page())) return enough.abort();
    const headers = new Headers(given);
    const isOurs = origin === location.origin;
    // RFC 9111 §5.2.1.2: what is stale will do too, if it is not older.
    if (isOurs) headers.set("cache-control", `max-age=${Math.floor(age / 1_000)}, max-stale`);
    try {
      if (query) {
        const { query: document, variables, ...options } = query;
        await app.query(document, variables, { ...options, headers, signal, priority: "background" });
      }
      else {
        const options = { ...init.forebay, priority: "background" as const };
        const response = await app.fetch(request as string | URL, { ...(!isOurs && { cache: "no-cache" }), ...init, headers, signal, forebay: options });
        await response.arrayBuffer();
      }
    } catch {
      // The next time.
    }
  };
  const mayAsk = () => document.visibilityState !== "hidden" && navigator.onLine;
  /** Waits for the next beat, which is the same in all tabs: they ask together, and so once. */
  const wait = () => {
    clearTimeout(timer);
    if (interval) timer = setTimeout(ring, interval - ((Date.now() - phase()) % interval));
  };
  const ring = () => {
    // A beat soon after the start is left out.
    if (mayAsk() && Date.now() - asked >= interval! / 2) ask(interval! - 1_000);
    wait();
  };
  /** The page is looked at again, or the network is back. */
  const back = (isWanted: boolean | undefined) => {
    const since = Date.now() - asked;
    if (!mayAsk()) return;
    if (isWanted && since >= THROTTLE_MS) ask(THROTTLE_MS);
    // A beat was missed.
    else if (since >= interval!) ask(interval!);
  };

  document.addEventListener("visibilitychange", () => back(focus), { signal });
  addEventListener("online", () => back(reconnect), { signal });
  wait();
  return () => {
    clearTimeout(timer);
    enough.abort();
  };
}

function phase(): number {
  try {
    return +(localStorage[PHASE] ??= Math.floor(Math.random() * PHASES_MS));
  } catch {
    // A sandbox: the tabs do not know of each other.
    return 0;
  }
}
