/** Under TanStack Query: a default query function, and what keeps its cache in step with what other apps learn. */
import type { QueryClient, QueryFunctionContext, QueryKey } from "@tanstack/query-core";
import type { Forebay, Watch } from "../api.js";

/** Where a key names a request: `["/api/patients", { ward: 3 }]` is `/api/patients?ward=3`. */
const urlOf = ([url, params]: QueryKey): string | undefined => {
  if (typeof url !== "string" || !/^(\/|https?:)/.test(url)) return;
  if (params === undefined) return url;
  if (typeof params !== "object" || !params) return;
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null);
  return given[0] ? url + (url.includes("?") ? "&" : "?") + new URLSearchParams(given.map(([name, value]) => [name, String(value)])) : url;
};

/**
 * The query function for keys that name a request. TanStack Query retries, cancels and remembers as ever; values are
 * frozen, and shared with all other apps.
 */
export function forebayQueryFn(app: Forebay): (context: QueryFunctionContext) => Promise<any> {
  return ({ queryKey, signal }) => {
    const url = urlOf(queryKey);
    if (url === undefined) throw new TypeError(`forebayQueryFn reads keys as ["/api/patients", { ward: 3 }]; this one is ${JSON.stringify(queryKey)}: give its query a queryFn.`);
    return app.json(url, { signal, forebay: { retries: 0 } });
  };
}

/**
 * Makes {@link forebayQueryFn} the client's default, and as long as a query with it is observed, has it told what other apps and
 * tabs learn of the same request: a change that one of them made is seen in all. Returns what ends that.
 */
export function shareQueries(app: Forebay, client: QueryClient): () => void {
  const queryFn = forebayQueryFn(app);
  const before = client.getDefaultOptions();
  client.setDefaultOptions({ ...before, queries: { queryFn, ...before.queries } });
  const watches = new Map<string, Watch>();
  const release = (hash: string) => {
    watches.get(hash)?.stop();
    watches.delete(hash);
  };
  const unsubscribe = client.getQueryCache().subscribe(({ query, type }) => {
    const { queryHash: hash, queryKey, state } = query;
    const url = urlOf(queryKey);
    if (url === undefined || query.options.queryFn !== queryFn) return;
    // Not before there is an answer: its own first request is the query's to send.
    if (query.isActive() && state.data !== undefined && !watches.has(hash)) {
      // What others learn from now on; the query itself has its answer.
      watches.set(hash, app.watch(url, { cache: "only-if-cached" }, ({ data, outcome, error }) => {
        if (!error && !/stale|persisted/.test(outcome) && data !== query.state.data && query.state.fetchStatus === "idle") client.setQueryData(queryKey, data);
      }));
    } else if (type === "removed" || !query.isActive()) release(hash);
  });
  return () => {
    unsubscribe();
    for (const hash of [...watches.keys()]) release(hash);
  };
}
