/** An app's handle: the broker's as soon as it is there; before that, or without it, this. */
import type { ExclusiveOptions, Forebay, JsonOptions, Update } from "../api.js";
import { checkCall } from "../checks/call.js";
import { answered, given, posted } from "../answered.js";
import { disconnected, ForebayError, jsonOf, ofNetwork } from "../error.js";
import { NativePromise } from "../native.js";
import { fetchUntil, limited, pause, signalOf, soon } from "../limits.js";
import { changed, goesOn, isOver, isOwn, sessionOf } from "../identity.js";
import { asInit, isWritten, writtenInit } from "../options.js";
import { inOrder } from "../order.js";
import { shield } from "../shield.js";
import { owe } from "../stale.js";
import { wroteTo } from "../wrote.js";
import { SENT, type DeferredMethod, type Exclusive, type Page, type PlainWatch, type Turn } from "../protocol.js";

type Call = (...args: any[]) => any;
type Signal = AbortSignal | null | undefined;

/** What `fetch` may be told of a request that is shared before the broker is there; of a `Request`, what tells one from another. */
const KNOWN = /^(method|headers|body|signal|json|forebay|credentials|mode|referrerPolicy|cache|priority|redirect|integrity|keepalive|referrer|duplex)$/;
const KEPT = /^(url|credentials|mode|referrerPolicy|cache)$/;
/** A `Request` that nobody has told anything. */
let blank: any;

/** What a URL means here and now: the page may stand elsewhere when it is sent. What is none is told so where it is sent. */
const absolute = (input: any) => {
  try {
    return input?.url ? input : new URL(input, document.baseURI).href;
  } catch {
    return input;
  }
};

/** What stands before the broker is worth waiting for about as long as loading it takes. */
const LOADING_MS = 200;

/** They reject where others throw. */
const PROMISING = /^(fetch|json|query|mutate|explain)$/;

export function handle(page: Page, app: string): Forebay {
  let port: any;
  let plainPort: any;
  let gone: unknown;
  const alive = () => {
    if (gone) throw disconnected(app);
  };
  /** What was sent before, or rendered by a server, may be out of date. */
  const doubt = () => {
    page.early.clear();
    page.rendered?.heard("ask");
  };
  const settled = () => page.settled;
  /** Begins something at the broker, or at what stands in its place, whenever one of them comes; gives what ends it. */
  const later = (begin: () => () => void) => {
    alive();
    let end: (() => void) | undefined;
    let at: unknown;
    const turn: Turn = () => {
      const here = page.broker ?? page.plain;
      if (!here || here === at || gone) return;
      at = here;
      end?.();
      end = begin();
    };
    turn.session = sessionOf(page);
    page.turns.add(turn);
    return () => {
      page.turns.delete(turn);
      end?.();
      end = begin = () => () => {};
    };
  };
  /** A call that comes back from within our own sending, by a page's `fetch` that calls us. It would wait for itself. */
  const returning: Record<string, Call> = {
    fetch: (input, init) => Reflect.apply(page.native!, undefined, [input, init]),
    json: async (input, init) => returning.fetch!(input, isWritten(init) ? asInit(init) : await writtenInit(init)).then(jsonOf).catch(ofNetwork(input, init?.signal)),
  };
  /** Sends a request without the broker: a GET is sent once for all who spell it the same meanwhile. */
  const send = async (input: RequestInfo | URL, init: RequestInit | undefined, signal: Signal, isRead?: boolean): Promise<Response> => {
    if (page.broker === null || page.host.disabled) return fetchUntil(input, init, signal);
    const request: any = new Request(input, init);
    const { method, url, cache, mode, referrer, referrerPolicy } = request;
    const sent = page.early;
    // Members that the runtime's own table (`runtime/spelling.ts`) does not know go as they are, and so does what only the browser can answer.
    let isOdd = page.broker || cache === "no-store" || cache === "only-if-cached" || !/^(cors|same-origin)$/.test(mode);
    for (const name in init) isOdd ||= !KNOWN.test(name);
    blank ??= new Request("");
    if (method !== "GET") {
      let response: Response | undefined;
      try {
        return (response = await fetchUntil(request, undefined, signal));
      } finally {
        // Also what was given up after it was sent: nothing older is given out any more.
        if (!isRead && !/^(HEAD|OPTIONS|QUERY)$/.test(method)) {
          doubt();
          if (page.broker) page.broker.wrote?.(method, url, response);
          else {
            owe(page);
            const what = wroteTo(url, response);
            page.plain?.outdated("invalidate", what);
            page.todo.push([app, "invalidate", [what]]);
          }
        }
      }
    }
    const spelling = [...request.headers];
    for (const name in request) {
      const value = request[name];
      if (KEPT.test(name)) spelling.push(value.split("#")[0]);
      else if (Object(value) !== value) isOdd ||= value !== blank[name];
    }
    if (isOdd) return fetchUntil(request, undefined, signal);
    const key = JSON.stringify(spelling);
    let early = sent.get(key)!;
    if (!early || early.arrived || early.stop!.signal.aborted) {
      const stop = new AbortController();
      // The browser's own HTTP cache may hold the former person's; after the first it is this one's.
      const isNew = !early && !!page.session && /^(default|no-cache|force-cache)$/.test(request.cache);
      // Beside a signal `fetch` would forget whose page it comes from.
      const told = { signal: stop.signal, referrer, referrerPolicy };
      sent.set(key, (early = { request, stop, waiters: 0, isNew, response: fetch(request, isNew ? { ...told, cache: "reload" } : told) }));
      early.response.then((whole) => Object.assign(early, { whole, arrived: performance.now(), moment: Date.now() }), () => sent.get(key) === early && sent.delete(key));
    }
    early.waiters! += 1;
    // The last who leaves ends it, before its head and after.
    const leave = () => (early.waiters! -= 1) || (early.left ? early.left() : early.stop!.abort());
    signal?.addEventListener("abort", leave);
    try {
      const whole = await early.response;
      // What makes a response that a signal breaks off comes with the runtime, soon or never.
      if (signal && !page.give) await soon(page.giving!);
      signal?.throwIfAborted();
      const given = page.give?.(early, whole, signal, leave);
      if (given) signal?.removeEventListener("abort", leave);
      // Without the runtime the body goes with its reader all the same.
      return given ?? whole.clone();
    } catch (error) {
      signal?.removeEventListener("abort", leave);
      throw error;
    }
  };
  const json = async (input: RequestInfo | URL, init: JsonOptions | undefined, signal: Signal, isRead?: boolean, made: (response: Response) => Promise<any> = jsonOf): Promise<any> => {
    const session = sessionOf(page);
    const written = isWritten(init) ? asInit(init) : await writtenInit(init);
    goesOn(page, session);
    return send(input, written, signal, isRead).then(made).catch(ofNetwork(input as string, signal));
  };
  const endpointOf = (options: any) => options?.endpoint ?? page.host.graphql?.endpoint ?? "/graphql";
  const plain = async ([document, variables, options = {}]: any[], signal: Signal, isRead = true): Promise<any> => {
    const session = sessionOf(page);
    const query = document.kind ? (await import("../graphql/index.js")).textOf(document) : document;
    goesOn(page, session);
    return given(await json(endpointOf(options), posted(query, variables, options), signal, isRead, answered), options);
  };
  /** Any call, in its time. What waits for the broker may be told what else is asked, and what lies on disk. */
  const call = (name: string, go: Call, waits: () => unknown, at = 1): Call => async (...args) => {
    alive();
    const options = args[at] ?? {};
    const session = sessionOf(page);
    if (at < 2) args[0] = absolute(args[0]);
    else if (options.endpoint) args[at] = { ...options, endpoint: absolute(options.endpoint) };
    const going = async (signal: Signal) => {
      // What waits for nothing goes out at once: whoever stands in the place of `fetch` knows its own calls by that.
      const wait = waits();
      if (wait) await wait;
      signal?.throwIfAborted();
      alive();
      const isSame = goesOn(page, session);
      if (name === "mutate" && !isSame) throw changed();
      return isSame && (page.broker ?? page.plain) ? me[name](...args) : go(args, signal);
    };
    return limited(args[0], (options.forebay ?? options).deadline, signalOf(args[0], options), (signal) => {
      if (name !== "mutate") return going(signal);
      // Its place is that in which it was called, whoever sends it then; its time is counted from here.
      const order = { app, endpoint: absolute(endpointOf(options)), order: options.order };
      args[at] = { ...args[at], signal, deadline: undefined, order: false };
      return inOrder(page, order, () => going(signal));
    });
  };
  const loading = () => Promise.race([page.ready, pause(LOADING_MS)]);
  const warmly = () => page.warm && loading();

  const early: Record<string, Call> = {
    fetch: call("fetch", ([input, init], signal) => send(input, init, signal), warmly),
    json: call("json", ([input, init], signal) => json(input, init, signal), warmly),
    query: call("query", plain, loading, 2),
    mutate: call("mutate", (args, signal) => plain(args, signal, false), settled, 2),
    explain: call("explain", () => {
      throw new ForebayError("wasm-unavailable", page.reason!);
    }, settled),
    peek: alive,
    report: () => ({ version: page.version, mode: page.reason ? "pass-through" : "starting", reason: page.reason }),
    on: (...args) => later(() => me.on(...args)),
    watch(...args) {
      const listener = args.pop();
      let watch: PlainWatch | undefined;
      let reading: Promise<unknown> | undefined;
      let since = 0;
      let isStopped: unknown;
      const asked = sessionOf(page);
      const { query, variables, endpoint } = args[0];
      const hasHeaders = isOwn(args[0], query ? args[0] : args[1]);
      // Where it throws it is the page's to see, and nobody else's to suffer.
      const tell = (update: Partial<Update<unknown>>) => queueMicrotask(() => isStopped || gone || listener(update));
      const fail = (error: any) => tell({ error, outcome: "failed" });
      // Told once.
      let over: unknown;
      const isNobodys = () => isOver(page, asked, hasHeaders) && (over ??= (fail(changed()), 1));
      const end = later(() => {
        watch = { stop() {}, refresh() {} } as PlainWatch;
        try {
          if (!isNobodys()) {
            watch = me.watch(...args, tell) as PlainWatch;
            if (reading) watch.begun?.(reading, since);
          }
        } catch (error) {
          // What may not be watched: whoever called is long gone.
          fail(error);
        }
        return watch.stop;
      });
      args[0] = query ? { ...args[0], endpoint: endpoint && absolute(endpoint) } : absolute(args[0]);
      const read = () => {
        since = page.todo.length;
        const session = sessionOf(page);
        reading = query ? plain([query, variables, args[0]], undefined) : json(args[0], args[1], undefined);
        reading.then(
          // Once another watches, it is that one that tells; and where this failed, it tries again.
          (data) => watch || (session === sessionOf(page) ? tell({ data, outcome: "missed" }) : refresh()),
          (error) => settled().then(() => watch || fail(error)),
        );
      };
      const refresh = () => {
        if (isStopped) return;
        if (watch) return watch.refresh();
        if (isNobodys()) return;
        // Whose token that is, only the broker knows, and what stands in its place.
        if (hasHeaders && asked !== sessionOf(page)) page.ready.then(() => watch || read());
        else read();
      };
      // A query, or a POST that may be one, or what may lie on disk: the broker knows. Sent here, it would be sent twice.
      if (page.warm ?? query ?? args[1]?.json ?? args[1]?.method) settled().then(() => watch || refresh());
      else refresh();
      return {
        refresh,
        stop: () => {
          isStopped = 1;
          end();
        },
      };
    },
    disconnect() {},
  };

  // What only the broker can do, and nobody waits for.
  for (const method of ["prefetch", "invalidate", "clear", "identify", "route"] as DeferredMethod[])
    early[method] = (...args) => {
      alive();
      // What was sent before may be out of date after it, or another person's.
      if (method === "invalidate") doubt();
      else if (/^[ic]/.test(method)) page.early.clear();
      const [first] = args;
      if (method === "prefetch") args[0] = absolute(first);
      else if (first?.urls?.map) args[0] = { ...first, urls: first.urls.map(absolute) };
      if (/^(invalidate|clear)/.test(method)) owe(page);
      if (page.broker !== null) page.todo.push([app, method, args]);
    };

  const me: any = { app };
  for (const name of Object.keys(early))
    me[name] = (...args: any[]) => {
      if (returning[name] && (page.isSending || args[1]?.[SENT])) return returning[name](...args);
      shield(name, args);
      try {
        checkCall(name, args);
      } catch (error) {
        if (PROMISING.test(name)) return NativePromise.reject(error);
        throw error;
      }
      if (name === "identify" && page.person !== args[0]) {
        page.person = args[0];
        // The broker does so itself.
        if (!page.broker) page.session = sessionOf(page) + 1;
      }
      if (/^(id|cl)/.test(name)) page.rendered?.heard(name as "identify", args[0]);
      return ((port ??= page.broker?.connect(app)) ?? (plainPort ??= page.plain?.connect(app)) ?? early)[name](...args);
    };
  me.disconnect = () => {
    // No other is connected after it.
    (port ??= plainPort ?? early).disconnect();
    gone = 1;
  };
  // Needs no broker. One import for all: those who call in one task are to meet.
  me.exclusive = async (name: string, work: Call, options?: ExclusiveOptions) => {
    alive();
    checkCall("exclusive", [name, work, options]);
    const load = (page.exclusive ??= import("../exclusive/index.js").then((module) => module.exclusive, () => (page.exclusive = undefined)));
    const run = await limited(name, undefined, options?.signal, () => soon<Exclusive | undefined>(load));
    return run ? run(page, name, work, options, app) : work({ exclusive: me.exclusive, signal: options?.signal ?? new AbortController().signal });
  };
  return me;
}
