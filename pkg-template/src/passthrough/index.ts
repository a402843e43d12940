/**
 * What keeps the contracts beyond plain `fetch` while requests pass through: there is no core, or it is switched off. Watches
 * read again, mutations keep their order, deadlines and signals hold. Nothing is shared or kept. Loaded only then.
 */
import type { Events, Forebay, GraphQLDocument, Invalidation, JsonOptions, MutateOptions, Report, RequestOptions, Update, WatchedQuery } from "../api.js";
import { answered, dataOf, given, posted as written } from "../answered.js";
import { disconnected, ForebayError, invalid, jsonOf, ofNetwork } from "../error.js";
import { changed, goesOn, isOwn, sessionOf } from "../identity.js";
import { either, limited, signalOf } from "../limits.js";
import { asInit, isWritten, writtenInit } from "../options.js";
import { scopeOf } from "../request/scope.js";
import { inOrder } from "../order.js";
import type { DeferredMethod, Page, Plain, PlainWatch } from "../protocol.js";
import { told } from "../told.js";
import { wroteTo } from "../wrote.js";
import { absolute, doubtOf, everything, type Doubt } from "./doubt.js";
import { Follow } from "./follow.js";
import { tabs } from "./tabs.js";

type Input = string | URL | Request;
type Signal = AbortSignal | null | undefined;

/** So many doubts are told apart; with one more everything is asked for anew. */
const DOUBTS = 64;

const same = <T>(value: T): T => value;

/** Begins to keep what can be kept on this page. */
export const passThrough = (page: Page, hasTabs = true): Plain => new PassThrough(page, hasTabs);

class PassThrough implements Plain {
  readonly #page: Page;
  readonly #follows = new Set<Follow>();
  readonly #listeners = new Set<readonly [event: string, listener: (detail: any) => void]>();
  /** What the browser's own cache must not answer any more. */
  #doubts: Doubt[];
  /** Tells other tabs; where there is a broker, it does. */
  readonly #say: ((what: Invalidation) => void) | undefined;

  /** `hasTabs`: it is a page of a browser. */
  constructor(page: Page, hasTabs: boolean) {
    this.#page = page;
    if (!page.broker && hasTabs) {
      this.#say = tabs((what) => {
        if (page.broker) return;
        page.early.clear();
        this.#doubt("invalidate", what);
      });
    }
    this.#doubts = page.todo.map(([, method, [what]]) => doubtOf(method, what));
    for (const [, method, [what]] of page.todo) this.#tell(method, what);
  }

  follow(
    input: Input, init: RequestOptions | undefined | Promise<RequestOptions | undefined>, isQuery: boolean,
    listener: (update: Update<any>) => void, from: { readonly headers?: HeadersInit } | undefined = init as RequestOptions,
  ): PlainWatch {
    const url = absolute(input);
    const hasHeaders = isOwn(input, from);
    const { cache, forebay } = (init as RequestOptions) ?? {};
    // A stored answer was wanted only at first.
    const isQuiet = cache === "only-if-cached";
    const read = async (how: RequestCache | undefined, signal: AbortSignal) => {
      const mode = how ?? (isQuiet ? undefined : (cache ?? this.#past(url, isQuery)));
      const sent = fetch((input as Request).clone?.() ?? input, { ...(await init), ...((mode ?? isQuiet) && { cache: mode ?? "default" }), signal });
      return sent.then(isQuery ? answered : jsonOf).then(isQuery ? dataOf : same).catch(ofNetwork(url, signal));
    };
    const reading = { url, isQuery, deadline: forebay?.deadline, hasHeaders, read };
    const follow = new Follow(reading, sessionOf(this.#page), isQuiet, listener);
    this.#follows.add(follow);
    return {
      stop: () => {
        follow.stop();
        this.#follows.delete(follow);
      },
      refresh: () => this.#follows.has(follow) && follow.read("no-cache"),
      begun: (data, since) => {
        follow.begun(data);
        if (this.#page.todo.slice(since).some(([, method, [what]]) => doubtOf(method, what)(url, isQuery))) follow.read("no-cache");
      },
    };
  }

  /** How the browser's own cache is passed, if it may hold what is out of date, or another person's: that one's validators are not sent. */
  #past(url: string, isQuery: boolean): RequestCache | undefined {
    if (!this.#doubts.some((doubt) => doubt(url, isQuery))) return;
    return sessionOf(this.#page) ? "reload" : "no-cache";
  }

  outdated(method: DeferredMethod, what: unknown): void {
    this.#tell(method, what);
    this.#doubt(method, what);
  }

  /** Other tabs learn of it. */
  #tell(method: DeferredMethod, what: unknown): void {
    if (!this.#page.broker && /^(invalidate|clear)$/.test(method)) this.#say?.(method === "clear" ? { urls: ["*"] } : (what as Invalidation));
  }

  /** So does this page. */
  #doubt(method: DeferredMethod, what: unknown): void {
    const doubt = doubtOf(method, what);
    const { urls: _, ...labels } = (method === "invalidate" ? what : {}) as Invalidation;
    if (method === "invalidate") this.#page.rendered?.heard(Object.values(labels).some((list) => list?.[0] !== undefined) ? "ask" : "check");
    // A server's `fetch` has no cache.
    if (globalThis.document) this.#doubts = this.#doubts.length < DOUBTS ? [...this.#doubts, doubt] : [everything];
    for (const follow of this.#follows) {
      const { url, isQuery } = follow.reading;
      if (method === "identify") follow.identified(this.#page);
      else if (doubt(url, isQuery)) follow.read("no-cache");
    }
  }

  connect(app: string, elsewhere?: (what: Invalidation) => void): Omit<Forebay, "exclusive"> {
    const page = this.#page;
    const ends = new Set<() => unknown>();
    const going = new AbortController();
    const alive = () => going.signal.throwIfAborted();

    /** A broker that comes later must know of it, too. */
    const outdated = (method: DeferredMethod, args: readonly unknown[]) => {
      if (elsewhere) return elsewhere(args[0] as Invalidation);
      // A broker that comes later must not take over what was asked before: it may be another person's, or out of date.
      page.early.clear();
      if (page.broker === undefined) page.todo.push([app, method, args]);
      this.outdated(method, args[0]);
    };

    /** `isQuery`: a POST that writes nothing. */
    const exchange = async (input: Input, init: RequestOptions | undefined, signal: Signal, isQuery: boolean | undefined): Promise<Response> => {
      // What the browser makes of it; and told something beside a `Request`, `fetch` would forget whose page that came from.
      const request = new Request(input, init);
      const { url, method, cache: mode, referrer, referrerPolicy } = request;
      const isRead = /^(GET|HEAD|QUERY)$/.test(method);
      this.#emit("answer", () => ({ app, url, outcome: "bypassed" }));
      let response: Response | undefined;
      try {
        return (response = await fetch(request, { signal: signal!, referrer, referrerPolicy, ...(isRead && mode === "default" && { cache: this.#past(url, false) ?? mode }) }));
      } finally {
        // What was given up after it was sent may have been done.
        if (!isRead && !isQuery && method !== "OPTIONS") outdated("invalidate", [wroteTo(url, response)]);
      }
    };

    const ask = async (input: Input, init: JsonOptions | undefined, made: (response: Response) => any, isQuery?: boolean): Promise<any> => {
      alive();
      const session = sessionOf(page);
      return limited(input, init?.forebay?.deadline, either(signalOf(input, init), going.signal), async (signal) => {
        const written = isWritten(init) ? asInit(init) : await writtenInit(init);
        goesOn(page, session);
        const answer = exchange(input, written, signal, isQuery).then(made);
        return made === same ? answer : answer.catch(ofNetwork(absolute(input), signal));
      });
    };

    /** A GraphQL operation as it is posted. */
    const posted = async (document: any, variables: unknown, options: MutateOptions): Promise<JsonOptions> => {
      const { signal, deadline } = options;
      const query = document?.kind ? (await import("../graphql/index.js")).textOf(document) : document;
      return { ...written(query, variables, options), ...(signal && { signal }), forebay: { deadline } } as JsonOptions;
    };
    const endpointOf = ({ endpoint = page.host.graphql?.endpoint ?? "/graphql" }: MutateOptions) => absolute(endpoint);

    const operate = async (document: GraphQLDocument<any, any>, variables: unknown, options: MutateOptions, session: number, isQuery?: boolean): Promise<any> => {
      const init = await posted(document, variables, options);
      if (!goesOn(page, session) && !isQuery) throw changed();
      return given(await ask(endpointOf(options), init, answered, isQuery), options);
    };

    /** A component may be shown again and again: what may write is not read for it, unless a rule says that it reads. */
    const watched = (init: JsonOptions | undefined) => {
      const { method = init?.json === undefined ? "GET" : "POST" } = init ?? {};
      if (!/^(GET|HEAD|QUERY)$/i.test(method) && !page.host.rules?.some(({ coalescePost }) => coalescePost)) throw invalid("watch() needs a GET, a query, or a POST that a rule declares (coalescePost).");
      return isWritten(init) ? asInit(init) : writtenInit(init);
    };

    const watch = (...args: unknown[]): PlainWatch => {
      alive();
      const listener = args.pop() as (update: Update<unknown>) => void;
      if (typeof listener !== "function") throw invalid("watch() needs a listener as its last argument.");
      const { query, variables, ...options } = args[0] as WatchedQuery;
      const { stop, ...rest } = query
        ? this.follow(endpointOf(options), posted(query, variables, options).then((init) => (isWritten(init) ? asInit(init) : writtenInit(init))), true, listener, options)
        : this.follow(args[0] as Input, watched(args[1] as JsonOptions | undefined), false, listener, args[1] as JsonOptions);
      const end = () => ends.delete(end) && stop();
      ends.add(end);
      return { ...rest, stop: end };
    };

    const unwanted = () => alive();
    const changes = (method: DeferredMethod) => (...args: unknown[]) => {
      alive();
      outdated(method, args);
    };
    return {
      app,
      fetch: (input, init) => ask(input, init, same),
      json: (input, init) => ask(input, init, jsonOf),
      peek: unwanted as () => undefined,
      watch: watch as Forebay["watch"],
      query: (document, variables, options = {}) => operate(document, variables, options, sessionOf(page), true),
      mutate: async (document, variables, { order, invalidates, ...options } = {}) => {
        const { signal, deadline } = options;
        const endpoint = endpointOf(options);
        const scope = scopeOf(invalidates);
        const session = sessionOf(page);
        const go = async (given: Signal) => {
          given?.throwIfAborted();
          const data = await operate(document, variables, { ...options, ...(given && { signal: given }) }, session);
          if (scope) outdated("invalidate", [scope]);
          return data;
        };
        alive();
        return limited(endpoint, deadline, either(signal, going.signal), (given) => inOrder(page, { app, endpoint, order }, () => go(given)));
      },
      prefetch: unwanted,
      route: unwanted,
      invalidate: changes("invalidate") as (what: Invalidation) => void,
      clear: changes("clear"),
      identify: changes("identify"),
      report: (): Report => ({ version: page.version, mode: "pass-through", reason: page.reason }),
      explain: async () => {
        alive();
        throw new ForebayError("wasm-unavailable", page.reason!);
      },
      on: (event, listener) => {
        alive();
        const entry = [event, listener] as const;
        this.#listeners.add(entry);
        // Whoever listens for it is to know.
        if (event === "mode") queueMicrotask(() => this.#listeners.has(entry) && told(listener, { mode: "pass-through", reason: page.reason } as Events[typeof event]));
        const end = () => ends.delete(end) && this.#listeners.delete(entry);
        ends.add(end);
        return end;
      },
      disconnect: () => {
        for (const end of ends) end();
        going.abort(disconnected(app));
      },
    };
  }

  #emit<K extends keyof Events>(event: K, detail: () => Events[K]): void {
    for (const [name, listener] of this.#listeners) if (name === event) queueMicrotask(() => told(listener, detail()));
  }
}
