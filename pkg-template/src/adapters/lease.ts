/**
 * What all adapters share: one standing interest for each request of an app, however many components show it, and what
 * they are to be shown. A component mounts and subscribes; the last that leaves ends the interest.
 */
import type { Forebay, GraphQLDocument, JsonOptions, Outcome, QueryOptions, Update, Watch, WatchedQuery } from "../api.js";
import type { When } from "../refetch/index.js";

/** A URL, or a GraphQL document. A text is a document if it begins with a brace, a comment, or a word that no address goes on from so. */
export type Source<Result = unknown, Variables = Record<string, unknown>> = string | URL | GraphQLDocument<Result, Variables>;

/** Of a query its variables; of a URL parameters to be written behind it. `undefined` and `null` are left out of a URL. */
export type Values = Record<string, unknown>;

/** How something is read. */
export interface ReadOptions extends When {
  /** Options of the request by URL. */
  init?: JsonOptions;
  /** Options of a query. */
  query?: QueryOptions;
}

/** What a component is shown. The same object as long as nothing of it has changed. */
export interface State<T> {
  /** Frozen, shared with all who show it; `undefined` until there is an answer. */
  readonly data: T | undefined;
  /** Why the last attempt failed. `data` is then what was known before. */
  readonly error: Error | undefined;
  /** There is no answer yet to what is asked for now. */
  readonly isLoading: boolean;
  /** `data` answers what was asked for before, and is kept until there is an answer. */
  readonly isPrevious: boolean;
  readonly outcome: Outcome | undefined;
}

/** Something that components show. */
export interface Store<T> {
  readonly state: State<T>;
  subscribe(listener: () => void): () => void;
}

export const LOADING: State<never> = { data: undefined, error: undefined, isLoading: true, isPrevious: false, outcome: undefined };
/** How long what nobody shows yet is kept for whoever has begun to render. */
const RENDERING_MS = 5_000;
const HYDRATED = Symbol.for("forebay.hydrated");

/** What other apps' servers have sent along, by request. */
const hydrated: Map<string, unknown> = ((globalThis as any)[HYDRATED] ??= new Map());
const leases = new WeakMap<Forebay, Map<string, Lease<any>>>();

const isDocument = (source: Source<any, any>): source is GraphQLDocument<any, any> => (typeof source === "string" ? /^\s*([{#]|[a-z]+[\s({@])/.test(source) : !(source instanceof URL));

function written(source: string | URL, values: Values = {}): string {
  const given = Object.entries(values).filter(([, value]) => value != null) as [string, string][];
  const [url, ...fragment] = String(source).split("#");
  return [given[0] ? url + (/\?/.test(url!) ? "&" : "?") + new URLSearchParams(given) : url, ...fragment].join("#");
}

/** Names a request among an app's; a server and a page give it the same name. */
export const keyOf = (source: Source<any, any>, values?: Values, { init, query }: ReadOptions = {}): string =>
  JSON.stringify(isDocument(source) ? [source, values, query] : [written(source, values), init]);

/** The app's interest in this request. */
export function leaseOf<T>(app: Forebay, source: Source<T, any>, values?: Values, options: ReadOptions = {}): Lease<T> {
  const known = leases.get(app) ?? new Map<string, Lease<T>>();
  leases.set(app, known);
  const key = keyOf(source, values, options);
  const request = isDocument(source) ? ({ ...options.query, query: source, variables: values } as WatchedQuery) : written(source, values);
  // One that leaves late may not be the one of its name any more. What a server has rendered is sent along after it has gone.
  const lease: Lease<T> = known.get(key) ?? new Lease<T>(app, request, options, hydrated.get(key) as T | undefined, () => globalThis.document && known.get(key) === lease && known.delete(key));
  known.set(key, lease);
  return lease;
}

export class Lease<T> implements Store<T> {
  declare state: State<T>;
  /** What is known, without what is shown in advance. */
  #known: State<T> = LOADING;
  readonly #listeners = new Set<() => void>();
  /** What is shown in advance of answers, in their order. */
  readonly #overlays = new Set<(data: T) => T>();
  /** What the next answer takes back. */
  #over: (() => void)[] = [];
  #watch: Watch | undefined;
  #answered: Promise<void> | undefined;
  #settle: (() => void) | undefined;
  #stopAsking: (() => void) | undefined;

  constructor(readonly app: Forebay, readonly request: string | WatchedQuery, readonly options: ReadOptions, data: T | undefined, readonly forget: () => unknown) {
    if (data !== undefined) this.#known = { ...LOADING, isLoading: false, data };
    this.state = this.#known;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each by itself: Vue 3.3 on a server has one come twice before it leaves once.
    listener = listener.bind(this);
    this.#listeners.add(listener);
    // What the server has sent is not asked for again.
    if (this.state.isLoading) this.#begin();
    this.#keepNew();
    return () => {
      this.#listeners.delete(listener);
      // Who leaves and comes back in one task (strict mode, moving a node) has not left.
      queueMicrotask(this.#leave);
    };
  };

  /** When there is an answer, or a failure: for who cannot show anything before. Begins to ask, before anybody subscribes. */
  get answered(): Promise<void> {
    if (!this.state.isLoading) return Promise.resolve();
    this.#begin();
    // Whoever renders for the first time may never come to subscribe.
    if (globalThis.document) setTimeout(this.#leave, RENDERING_MS);
    return (this.#answered ??= new Promise((settle) => (this.#settle = settle)));
  }

  /** Asks again now, past the cache. */
  readonly refresh = (): void => (this.#watch ? this.#watch.refresh() : this.#begin());

  /** Shows something in advance; returns what takes it back. `isDone`: not before the next answer. */
  show(overlay: (data: T) => T): (isDone: boolean) => void {
    this.#overlays.add(overlay);
    this.#show();
    return (isDone) => {
      this.#over.push(() => this.#overlays.delete(overlay));
      if (isDone && this.#watch) return;
      this.#takeBack();
      this.#show();
    };
  }

  #begin(): void {
    if (this.#watch) return;
    const told = ({ data, error, outcome }: Update<any>) => {
      if ((error as any)?.code === "identity-changed") this.#stopAsking?.(); // what was known is the former person's
      else data ??= this.#known.data;
      this.#known = { ...LOADING, isLoading: false, data, error, outcome };
      this.#takeBack();
      this.#show();
      this.#settle?.();
    };
    const { app, request, options } = this;
    this.#watch = typeof request === "string" ? app.watch(request, options.init ?? {}, told) : app.watch(request, told);
  }

  #keepNew(): void {
    const { app, request, options } = this;
    if (this.#stopAsking || !(options.interval || options.focus || options.reconnect)) return;
    const stop = (this.#stopAsking = () => {});
    // Unless it ends before.
    import("../refetch/index.js").then(({ refetch }) => this.#stopAsking === stop && (this.#stopAsking = refetch(app, request, options.init, options)), () => {});
  }

  #leave = (): void => {
    if (this.#listeners.size) return;
    this.#watch?.stop();
    this.#stopAsking?.();
    this.#watch = this.#stopAsking = undefined;
    // Whoever comes back (to React's `Activity`) is told what is new.
    this.state = { ...this.state, isLoading: true };
    this.forget();
  };

  #takeBack(): void {
    for (const over of this.#over.splice(0)) over();
  }

  #show(): void {
    let { data } = this.#known;
    if (data !== undefined) for (const overlay of this.#overlays) data = overlay(data);
    this.state = { ...this.#known, data };
    for (const listener of this.#listeners) listener();
  }
}

/**
 * What one component shows of something: of its data what `select` takes. What is equal to what was shown before is the very
 * same, so that only components whose part has changed render.
 */
export class View<T, S = T> {
  #from: State<T> | undefined;
  #select: ((data: T) => S) | undefined;
  #shown: State<S> | undefined;

  /** `keepPrevious`: until there is an answer to what is asked for now, what was shown before. */
  of({ state }: Store<T>, select: ((data: T) => S) | undefined, keepPrevious: boolean | undefined): State<S> {
    if (this.#from === state && this.#select === select) return this.#shown!;
    const before = this.#shown;
    const isPrevious = !!keepPrevious && state.isLoading && before?.data !== undefined;
    let data: any = isPrevious ? before.data : state.data;
    if (!isPrevious && select && data !== undefined) data = select(data);
    this.#from = state;
    this.#select = select;
    const shown: State<S> = { ...state, isPrevious, data: equal(before?.data, data) ? before?.data : data };
    // How it came is news to nobody, if it is the same.
    return (this.#shown = equal({ ...before, outcome: 0 }, { ...shown, outcome: 0 }) ? before! : shown);
  }
}

/** Whether two values of JSON, or states, are equal. */
export function equal(one: any, other: any): boolean {
  if (one === other) return true;
  // Errors have no members to tell them apart by.
  if (!one || typeof one !== "object" || one.constructor !== other?.constructor || one instanceof Error) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => name in other && equal(one[name], other[name]));
}

/** What is shown in advance of a change's answer: of which request, and what becomes of its data. */
export interface Optimistic {
  source: Source<any, any>;
  variables?: Values;
  options?: ReadOptions;
  update: (data: any) => any;
}

/** How a change is made. */
export interface ChangeOptions {
  /** What components of this app show until the server has answered; taken back if it refuses. */
  optimistic?: readonly Optimistic[];
  /** What is out of date after it, in all apps and tabs. */
  invalidates?: Parameters<Forebay["invalidate"]>[0];
}

/** Makes a change: shows it in advance, sends it, and lets what it has made out of date be read again. */
export async function changed(app: Forebay, what: any, given: any, args: any[]): Promise<any> {
  const { optimistic = [], invalidates, ...options }: ChangeOptions = typeof given === "function" ? given(...args) : given;
  const back = optimistic.map(({ source, variables, options, update }) => leaseOf<any>(app, source, variables, options).show(update));
  let isDone = false;
  try {
    const result = await (typeof what === "function" ? what(...args) : app.mutate(what, args[0], options));
    isDone = true;
    return result;
  } finally {
    for (const take of back) take(isDone);
    if (isDone && invalidates) app.invalidate(invalidates);
  }
}

/** What this app's components were shown, for the page that a server sends: text that may stand in a script of JSON. */
export function dehydrate(app: Forebay): string {
  const known = [...(leases.get(app) ?? [])].filter(([, { state }]) => state.data !== undefined && !state.error);
  return JSON.stringify(known.map(([key, { state }]) => [key, state.data])).replaceAll("<", "\\u003c");
}

/** Takes in what a server has sent along; several apps' payloads add up. What is shown from it is not asked for again until it is refreshed. */
export function hydrate(payload: string | null | undefined): void {
  for (const [key, data] of JSON.parse(payload || "[]", (_, value) => Object.freeze(value))) hydrated.set(key, data);
}
