/** Under SWR: a fetcher, and a cache that begins with what other apps already know. */
import type { Cache, State } from "swr";
import type { Forebay, JsonOptions } from "../api.js";
import { refuse } from "../request/write.js";

/** For keys that are a URL, or a URL and options of `fetch`. SWR retries and deduplicates as ever. Values are frozen, and shared with all other apps. */
export function forebayFetcher(app: Forebay): (key: string | readonly [url: string, init?: JsonOptions]) => Promise<any> {
  // A mutation's fetcher is called with a second argument.
  return async (key, ...more: unknown[]) => {
    const [url, init, rest] = (typeof key === "string" ? [key] : key) as readonly [url: string, init?: JsonOptions, rest?: unknown];
    if (rest !== undefined) refuse("key[2]", "belongs to no request. forebayFetcher reads a URL and its options alone: put it into one of them, or give this a fetcher of its own");
    if (more[0] !== undefined) refuse("forebayFetcher", "reads: give useSWRMutation a fetcher of its own that calls app.fetch or app.mutate");
    return app.json(url, { ...init, forebay: { retries: 0, ...init?.forebay } });
  };
}

/** For `SWRConfig`'s `provider`: what another app has asked for and is still fresh is shown in the first rendering. */
export function forebayProvider(app: Forebay): (parent?: Readonly<Cache>) => Cache {
  return () => {
    const known = new Map<string, State>();
    return {
      keys: () => known.keys(),
      get(key) {
        const state = known.get(key);
        if (state || !/^(\/|https?:)/.test(key)) return state;
        const data = app.peek(key);
        if (data !== undefined) known.set(key, { data });
        return known.get(key);
      },
      set: (key, state) => void known.set(key, state as State),
      delete: (key) => void known.delete(key),
    };
  };
}
