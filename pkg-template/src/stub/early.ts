/** An app's handle: the broker's as soon as it is there; before that, or without it, this. */
import type { Forebay, JsonOptions, QueryOptions, Update, Watch } from "../api.js";
import { checkCall } from "../checks/call.js";
import { ForebayError, jsonOf } from "../error.js";
import { asInit } from "../options.js";
import type { DeferredMethod, Page } from "../protocol.js";

type Call = (...args: any[]) => any;

/** They reject where others throw. */
const PROMISING = /^(fetch|json|query|mutate|explain)$/;

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
    page.ready.then((broker) => broker && !gone && (end ??= begin()));
    return () => {
      end?.();
      end = () => {};
    };
  };
  /** Sends a request without the broker: a GET is sent once for all who spell it the same meanwhile. */
  const send = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    alive();
    if (page.broker === null) return fetch(input, init);
    const request: any = new Request(input, init);
    const { signal } = request;
    const sent = page.early;
    signal.throwIfAborted();
    if (request.method !== "GET") return fetch(request).finally(() => sent.clear());
    const spelling = [...request.headers];
    for (const name in request) spelling.push(request[name]?.split?.("#")[0]);
    const key = JSON.stringify(spelling);
    let early = sent.get(key)!;
    if (!early || early.arrived) {
      sent.set(key, (early = { request, response: fetch(request, { signal: null }) }));
      early.response.then(() => (early.arrived = performance.now()), () => sent.delete(key));
    }
    return new Promise((resolve, reject) => {
      signal.onabort = () => reject(signal.reason);
      early.response.then((whole) => resolve(whole.clone()), reject);
    });
  };
  const json = async (input: RequestInfo | URL, init?: JsonOptions) => jsonOf(await send(input, asInit(init)));
  const plain: Call = async (document: any, variables: unknown, options?: QueryOptions) => {
    const { data, errors } = await json(options?.endpoint ?? page.host.graphql?.endpoint ?? "/graphql", {
      ...options,
      priority: undefined, // ours has other words than `fetch`'s
      json: { query: document.kind ? (await import("../graphql/index.js")).textOf(document) : document, variables, operationName: options?.operationName },
    } as unknown as JsonOptions);
    if (errors) throw new ForebayError("graphql", errors[0].message, { errors, data });
    return data;
  };
  /** The broker knows what else is asked, and what lies on disk: it may be worth waiting for, about as long as loading it takes. */
  const patiently = (name: string, plain: Call, always?: true): Call => async (...args) => {
    alive();
    if (always ?? page.warm) await Promise.race([page.ready, new Promise((enough) => setTimeout(enough, 200))]);
    return (page.broker ? me[name] : plain)(...args);
  };

  const early: Record<string, Call> = {
    fetch: patiently("fetch", send),
    json: patiently("json", json),
    query: patiently("query", plain, true),
    mutate: plain,
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
      const { query, variables } = args[0];
      const refresh = () =>
        watch ? watch.refresh() : (query ? plain(query, variables, args[0]) : json(...(args as [string]))).then(
          // Once the broker watches, it is the broker that tells; and where this failed, it tries again.
          (data: unknown) => watch || tell({ data, outcome: "missed" }),
          (error: any) => page.ready.then((broker) => broker || tell({ error, outcome: "failed" })),
        );
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
      if (page.broker !== null) page.todo.push([app, method, args]);
    };

  const me: any = { app };
  for (const name in early)
    me[name] = (...args: any[]) => {
      try {
        checkCall(name, args);
      } catch (error) {
        if (PROMISING.test(name)) return Promise.reject(error);
        throw error;
      }
      if (name === "identify") page.person = args[0];
      return ((port ??= page.broker?.connect(app)) ?? early)[name](...args);
    };
  // Needs no broker. One import for all: those who call in one task are to meet.
  me.exclusive = async (name: string, work: () => any) => {
    alive();
    const run = await (page.exclusive ??= import("../exclusive/index.js").then((module) => module.exclusive, () => undefined));
    return run ? run(page, name, work) : work();
  };
  return me;
}
