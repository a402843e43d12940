/** An app's handle: the broker's as soon as it is there; before that, or without it, this. */
import type { Forebay, JsonOptions, QueryOptions, Update, Watch } from "../api.js";
import { ForebayError, jsonOf } from "../error.js";
import { changed, goesOn, sessionOf } from "../identity.js";
import { asInit } from "../options.js";
import type { DeferredMethod, Page, Write } from "../protocol.js";
import { inTurn } from "../turns.js";

type Call = (...args: any[]) => any;

/** What a URL means here and now: the page may stand elsewhere when it is sent. What is none is told so where it is sent. */
const absolute = (input: any) => {
  try {
    return input?.url ? input : new URL(input, document.baseURI).href;
  } catch {
    return input;
  }
};

export function handle(page: Page, app: string): Forebay {
  let port: any;
  let gone: unknown;
  const alive = () => {
    if (gone) throw new ForebayError("disconnected", app + " has disconnected");
  };
  /** Begins something when the broker is there; gives what ends it, before and after. */
  const later = (begin: () => () => void) => {
    alive();
    let end: (() => void) | undefined;
    const waiting = { session: sessionOf(page), begin: () => gone || (end ??= begin()) };
    const all = (page.waiting ??= new Set());
    all.add(waiting);
    // For a runtime that does not know of these; and so that what is wrong with one is seen.
    page.ready.then((broker) => broker && waiting.begin());
    return () => {
      all.delete(waiting);
      end?.();
      end = () => {};
    };
  };
  /** Something may have been written: nothing older is given out any more. */
  const wrote = (...write: Write) => {
    page.early.clear();
    if (page.broker !== null) page.broker ? page.broker.wrote?.(...write) : (page.written ??= []).push(write);
  };
  /** Sends a request without the broker: a GET is sent once for all who spell it the same meanwhile. `isRead`: it writes nothing. */
  const send = async (input: RequestInfo | URL, init?: RequestInit, isRead?: boolean): Promise<Response> => {
    alive();
    if (page.broker === null) return fetch(input, init);
    const request: any = new Request(input, init);
    const { signal, method, url } = request;
    const sent = page.early;
    signal.throwIfAborted();
    if (method !== "GET") {
      let response: Response | undefined;
      try {
        return (response = await fetch(request));
      } finally {
        // Also what was given up after it was sent.
        if (!isRead && !/^(HEAD|OPTIONS|QUERY)$/.test(method)) wrote(method, url, response);
      }
    }
    if (page.broker) return fetch(request);
    const spelling = [...request.headers];
    for (const name in request) spelling.push(request[name]?.split?.("#")[0]);
    const key = JSON.stringify(spelling);
    let early = sent.get(key)!;
    if (!early || early.arrived) {
      // The browser's own HTTP cache may hold the former person's; after the first it is this one's.
      const isNew = !early && !!page.session && /^(default|no-cache|force-cache)$/.test(request.cache);
      sent.set(key, (early = { request, isNew, response: fetch(request, isNew ? { signal: null, cache: "reload" } : { signal: null }) }));
      early.response.then((whole) => Object.assign(early, { whole, arrived: performance.now(), moment: Date.now() }), () => sent.delete(key));
    }
    return new Promise((resolve, reject) => {
      signal.onabort = () => reject(signal.reason);
      early.response.then((whole) => resolve(whole.clone()), reject);
    });
  };
  const json = async (input: RequestInfo | URL, init?: JsonOptions, isRead?: boolean) => jsonOf(await send(input, asInit(init), isRead));
  const endpointOf = (options?: QueryOptions) => absolute(options?.endpoint ?? page.host.graphql?.endpoint ?? "/graphql");
  const plain = async (document: any, variables: unknown, options?: QueryOptions, isRead?: boolean, session = sessionOf(page)) => {
    const endpoint = endpointOf(options);
    const query = document.kind ? (await import("../graphql/index.js")).textOf(document) : document;
    if (!goesOn(page, session) && !isRead) throw changed();
    const { data, errors } = await json(endpoint, {
      ...options,
      priority: undefined, // ours has other words than `fetch`'s
      json: { query, variables, operationName: options?.operationName },
    } as unknown as JsonOptions, isRead);
    if (errors) throw new ForebayError("graphql", errors[0].message, { errors, data });
    return data;
  };
  /** The broker knows what else is asked, and what lies on disk: it may be worth waiting for, about as long as loading it takes. */
  const patiently = (name: string, plain: Call, always?: true): Call => async (...args) => {
    alive();
    const session = sessionOf(page);
    if (always) args[2] = { ...args[2], endpoint: args[2]?.endpoint && absolute(args[2].endpoint) };
    else args[0] = absolute(args[0]);
    if (always ?? page.warm) await Promise.race([page.ready, new Promise((enough) => setTimeout(enough, 200))]);
    return (goesOn(page, session) && page.broker ? me[name] : plain)(...args);
  };

  const early: Record<string, Call> = {
    fetch: patiently("fetch", send),
    json: patiently("json", json),
    query: patiently("query", (document, variables, options) => plain(document, variables, options, true), true),
    async mutate(document, variables, { invalidates, ...options } = {}) {
      alive();
      const session = sessionOf(page);
      const endpoint = endpointOf(options);
      const data = await inTurn(page, app, endpoint, () => plain(document, variables, { ...options, endpoint }, false, session));
      if (invalidates) me.invalidate({ tags: invalidates });
      return data;
    },
    explain: async (...args) => {
      alive();
      if (!(await page.ready)) throw new ForebayError("wasm-unavailable", page.reason!);
      return me.explain(...args);
    },
    peek: alive,
    report: () => ({ version: page.version, mode: page.broker === null ? "pass-through" : "starting", reason: page.reason }),
    on: (...args) => later(() => me.on(...args)),
    watch(...args) {
      let listener = args.pop();
      let watch: Watch | undefined;
      const tell = (update: Partial<Update<unknown>>) => gone || listener?.(update);
      const end = later(() => (watch = me.watch(...args, tell) as Watch).stop);
      const { query, variables, endpoint } = args[0];
      args[0] = query ? { ...args[0], endpoint: endpoint && absolute(endpoint) } : absolute(args[0]);
      const refresh = (): unknown => {
        const session = sessionOf(page);
        return watch ? watch.refresh() : (query ? plain(query, variables, args[0], true) : json(...(args as [string]))).then(
          // Once the broker watches, it is the broker that tells; and where this failed, it tries again.
          (data: unknown) => watch || (session === sessionOf(page) ? tell({ data, outcome: "missed" }) : refresh()),
          (error: any) => page.ready.then((broker) => broker || tell({ error, outcome: "failed" })),
        );
      };
      // A query, or a POST that may be one, or what may lie on disk: the broker knows. Sent here, it would be sent twice.
      if (page.warm ?? query ?? args[1]?.json ?? args[1]?.method) page.ready.then((broker) => broker || refresh());
      else refresh();
      // Nobody is told any more.
      return { refresh, stop: () => (listener = end()) };
    },
    // No port is asked for any more.
    disconnect: () => (gone = port = early),
  };

  // What only the broker can do, and nobody waits for.
  for (const method of ["prefetch", "invalidate", "clear", "identify", "route"] as DeferredMethod[])
    early[method] = (...args) => {
      alive();
      // What was sent before may be out of date after it, or another person's.
      if (/^[ic]/.test(method)) page.early.clear();
      const [first] = args;
      if (method === "prefetch") args[0] = absolute(first);
      else if (first?.urls?.map) args[0] = { ...first, urls: first.urls.map(absolute) };
      else if (method === "identify" && page.person !== first) {
        page.person = first;
        page.session = sessionOf(page) + 1;
      }
      if (page.broker !== null) page.todo.push([app, method, args]);
    };

  const me: any = { app };
  for (const name in early)
    me[name] = (...args: any[]) => ((port ??= page.broker?.connect(app)) ?? early)[name](...args);
  // Needs no broker. One import for all: those who call in one task are to meet.
  me.exclusive = async (name: string, work: () => any) => {
    alive();
    const run = await (page.exclusive ??= import("../exclusive/index.js").then((module) => module.exclusive, () => undefined));
    return run ? run(page, name, work) : work();
  };
  return me;
}
