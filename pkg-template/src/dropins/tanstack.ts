/** Under TanStack Query: a default query function, and what keeps its cache in step with what other apps learn. */
import type { QueryClient, QueryFunctionContext, QueryKey } from "@tanstack/query-core";
import type { Forebay, Watch } from "../api.js";
import { withParams, type ParamOptions } from "../request/params.js";
import { refuse } from "../request/write.js";

export type { ParamOptions, ParamStyle } from "../request/params.js";

/** How keys are read. */
export interface QueryOptions {
  /** How lists and objects among a key's parameters are written; without it they are refused. */
  params?: ParamOptions;
}

/** What a key names: `["/api/patients", { ward: 3 }]` is `/api/patients?ward=3`. Refuses what would name two requests alike. */
function urlOf([url, params, ...more]: QueryKey, { params: how }: QueryOptions): string {
  if (typeof url !== "string" || !/^(\/|https?:)/.test(url)) return refuse("queryKey[0]", 'is no URL. forebayQueryFn reads keys as ["/api/patients", { ward: 3 }]: give this query a queryFn');
  if (more[0] !== undefined) refuse("queryKey[2]", "belongs to no request. forebayQueryFn reads a URL and its parameters alone: put it into the parameters, or give this query a queryFn");
  if (params !== undefined && (typeof params !== "object" || !params)) refuse("queryKey[1]", "must be an object of parameters");
  return withParams(url, params as object | undefined, how, "queryKey[1]");
}

/**
 * The query function for keys that name a request. TanStack Query retries, cancels and remembers as ever; values are
 * frozen, and shared with all other apps.
 */
export function forebayQueryFn(app: Forebay, options: QueryOptions = {}): (context: QueryFunctionContext) => Promise<any> {
  return async (context) => {
    // An infinite query's pages have one key: where its page goes in the request only its own function knows.
    if ("direction" in context) refuse("pageParam", "belongs to no request yet: give an infinite query a queryFn that puts it into the URL");
    // Read here alone: who reads it has it aborted.
    const { queryKey, signal } = context;
    return app.json(urlOf(queryKey, options), { signal, forebay: { retries: 0 } });
  };
}

/**
 * Makes {@link forebayQueryFn} the client's default, and as long as a query with it is observed, has it told what other apps and
 * tabs learn of the same request: a change that one of them made is seen in all. Returns what ends that.
 */
export function shareQueries(app: Forebay, client: QueryClient, options: QueryOptions = {}): () => void {
  const queryFn = forebayQueryFn(app, options);
  const before = client.getDefaultOptions();
  client.setDefaultOptions({ ...before, queries: { queryFn, ...before.queries } });
  const watches = new Map<string, Watch>();
  const release = (hash: string) => {
    watches.get(hash)?.stop();
    watches.delete(hash);
  };
  const unsubscribe = client.getQueryCache().subscribe(({ query, type }) => {
    const { queryHash: hash, queryKey, state } = query;
    if (query.options.queryFn !== queryFn) return;
    // Not before there is an answer: its own first request is the query's to send, and to fail by.
    if (query.isActive() && state.data !== undefined && !watches.has(hash)) {
      let url: string;
      try {
        url = urlOf(queryKey, options);
      } catch {
        return; // the host has put data there itself
      }
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
