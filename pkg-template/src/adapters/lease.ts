/**
 * What all adapters share: one standing interest for each request of an app, however many components show it, and what
 * they are to be shown. A component mounts and subscribes; the last that leaves ends the interest.
 */
import type { DeepReadonly, Forebay, GraphQLDocument, Invalidation, JsonOptions, MutateOptions, Outcome, QueryOptions, Update, Watch, WatchedQuery } from "../api.js";
import { told as tell } from "../told.js";
import { REGISTRY, type Registry, type Rendered, type Rendering } from "../protocol.js";
import { nameOf, type Name } from "../request/name.js";
import { withParams, type ParamOptions } from "../request/params.js";
import { scopeOf } from "../request/scope.js";
import type { When } from "../refetch/index.js";

/** A URL, or a GraphQL document. A text is a document if it begins with a brace, a comment, or a word that no address goes on from so. */
export type Source<Result = unknown, Variables = Record<string, unknown>> = string | URL | GraphQLDocument<Result, Variables>;

/** Of a query its variables; of a URL parameters to be written behind it: texts, numbers, `true` and `false`, dates. `undefined` and `null` are left out of a URL. */
export type Values = Record<string, unknown>;

/** How something is read. */
export interface ReadOptions extends When {
  /** Options of the request by URL. */
  init?: JsonOptions;
  /** Options of a query. */
  query?: QueryOptions;
  /** How lists and objects among a URL's values are written; without it they are refused. */
  params?: ParamOptions;
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
/** Where `hydrate` keeps what servers have rendered: whoever does not import it does not carry it. */
const RENDERED = Symbol.for("forebay.rendered");

const leases = new WeakMap<Forebay, Map<string, Lease<any>>>();

/** Of an app; what a server's components have asked for. */
export const leasesOf = (app: Forebay): Iterable<Lease<any>> => leases.get(app)?.values() ?? [];

const isDocument = (source: Source<any, any>): source is GraphQLDocument<any, any> => (typeof source === "string" ? /^\s*([{#]|[a-z]+[\s({@])/.test(source) : !(source instanceof URL));

const named = (source: Source<any, any>, values: Values | undefined, options: ReadOptions): Name => nameOf(source, isDocument(source), values, options);

/**
 * Names a request among an app's; a server and a page give it the same name. It says nothing of headers that may hold a
 * secret. Throws (code `invalid-option`) what cannot be written unambiguously, by its path.
 */
export const keyOf = (source: Source<any, any>, values?: Values, options: ReadOptions = {}): string => named(source, values, options).text;

/** Tells apart all that must be, its secrets too: for memory alone. What cannot be named has its refusal as its name. */
export function identityOf(source: Source<any, any>, values?: Values, options: ReadOptions = {}): string {
  try {
    const { text, secrets } = named(source, values, options);
    return text + secrets;
  } catch (refusal) {
    return `${refusal}`;
  }
}

/** The app's interest in this request. */
export function leaseOf<T>(app: Forebay, source: Source<T, any>, values?: Values, options: ReadOptions = {}): Lease<DeepReadonly<T>> {
  const known: Map<string, Lease<DeepReadonly<T>>> = leases.get(app) ?? new Map();
  leases.set(app, known);
  const key = identityOf(source, values, options);
  let lease = known.get(key);
  if (lease) return lease;
  // One that leaves late may not be the one of its name any more. What a server has rendered is sent along after it has gone.
  const forget = () => globalThis.document && known.get(key) === lease && known.delete(key);
  try {
    const name = named(source, values, options);
    const request = isDocument(source) ? ({ ...options.query, query: source, variables: values } as WatchedQuery) : withParams(source, values, options.params);
    lease = new Lease(app, request, options, name, forget);
  } catch (refusal) {
    lease = new Lease(app, "", options, { text: key, secrets: "" }, forget, refusal as Error);
  }
  known.set(key, lease);
  return lease;
}

/** How long React may take to render what has failed once more. Nobody tries again by hand so soon. */
const RECOVERY_MS = 100;

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
  /** The watch asks for nothing: it is told what others learn. */
  #isQuiet = false;
  /** What a server has rendered, as long as nothing is known against it. */
  #rendered: Rendering | undefined;
  /** From when it is, until something newer is known. */
  #since = 0;
  #next: { promise: Promise<void>; settle: () => void } | undefined;
  /** Who suspends has been thrown the failure, and has made of it what it would. */
  #isThrown = false;
  #stopAsking: (() => void) | undefined;

  constructor(
    readonly app: Forebay,
    readonly request: string | WatchedQuery,
    readonly options: ReadOptions,
    readonly name: Name,
    readonly forget: () => unknown,
    /** Why nothing is asked for. */
    readonly refusal?: Error,
  ) {
    const rendered = (globalThis as { [RENDERED]?: Rendered })[RENDERED]?.of(name.text, name.secrets);
    if (refusal) this.#known = { ...LOADING, isLoading: false, error: refusal, outcome: "failed" };
    else if (rendered) {
      this.#known = { ...LOADING, isLoading: false, data: rendered.data as T };
      this.#rendered = rendered;
      this.#since = rendered.at;
      rendered.watchers.add(this.#heard);
    }
    this.state = this.#known;
  }

  /** What has been shown to whoever renders on a server, without what is shown in advance. */
  get shown(): T | undefined {
    return this.#known.error ? undefined : this.#known.data;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    // Each by itself: Vue 3.3 on a server has one come twice before it leaves once.
    listener = listener.bind(this);
    this.#listeners.add(listener);
    if (this.state.isLoading || this.#rendered?.isOld) this.#begin();
    else this.#listen();
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
    this.#waitForRendering();
    return this.#answer();
  }

  /** What who suspends throws of a failure: the failure; and if it is rendered again later, the wait for another answer. */
  thrown(): unknown {
    if (this.#next) return this.#next.promise;
    if (!this.#isThrown || this.refusal) {
      // React renders once more what has failed, and may take several tasks for it. A busy page is idle late, or never.
      const over = () => (this.#isThrown = true);
      const idle = globalThis.requestIdleCallback;
      idle ? idle(over, { timeout: RECOVERY_MS }) : setTimeout(over, RECOVERY_MS);
      return this.state.error;
    }
    this.refresh();
    this.#waitForRendering();
    return this.#answer();
  }

  /** Asks again now, past the cache. */
  readonly refresh = (): void => {
    if (!this.#watch) return this.#begin();
    this.#isQuiet = false;
    this.#watch.refresh();
  };

  /** Shows something in advance; returns what takes it back. `isDone`: not before the next answer. */
  show(overlay: (data: T) => T): (isDone: boolean) => void {
    this.#overlays.add(overlay);
    this.#show();
    return (isDone) => {
      this.#over.push(() => this.#overlays.delete(overlay));
      // What a server has rendered is from before.
      if (isDone && this.#rendered) return this.#doubt();
      if (isDone && this.#watch) return;
      this.#takeBack();
      this.#show();
    };
  }

  #begin(): void {
    if (this.#watch ?? this.refusal) return;
    this.#isQuiet = false;
    this.#open();
  }

  /** Is told what others learn of what a server has rendered, and what becomes of it. */
  readonly #listen = (): void => {
    const page = (globalThis as { [REGISTRY]?: Registry })[REGISTRY]?.v1;
    // Before, nobody could tell.
    void page?.settled.then(() => {
      if (!(page.broker ?? page.plain) || !this.#rendered || this.#watch || !this.#listeners.size) return;
      this.#isQuiet = true;
      this.#open("only-if-cached");
    });
  };

  #open(cache?: RequestCache): void {
    const { app, request, options } = this;
    const how = cache && { cache };
    try {
      this.#watch = typeof request === "string" ? app.watch(request, { ...options.init, ...how }, this.#told) : app.watch({ ...request, ...how }, this.#told);
    } catch (error) {
      // A component shows it like any other failure.
      this.#told({ data: undefined, error: error as Error, outcome: "failed" });
    }
  }

  readonly #told = ({ data, error, outcome, at = Infinity }: Update<any>): void => {
    // Nothing is stored; or what is stored is from before the page and from before it was rendered.
    const isOlder = at < performance.timeOrigin && at <= this.#since;
    if (this.#isQuiet && (error || isOlder)) return;
    const isOver = (error as { code?: string } | undefined)?.code === "identity-changed";
    // What was known is the former person's, and so is the token with which it would be asked for again.
    if (isOver) this.#stopAsking?.();
    else if (data === undefined || isOlder) data = this.#known.data;
    else this.#since = 0;
    this.#isQuiet = this.#isThrown = false;
    this.#settled();
    this.#known = { ...LOADING, isLoading: false, data, error, outcome };
    this.#takeBack();
    this.#show();
    this.#next?.settle();
    this.#next = undefined;
  };

  /** There is something newer than what a server has rendered, or it does not hold any more. */
  #settled(): void {
    this.#rendered?.watchers.delete(this.#heard);
    this.#rendered?.drop();
    this.#rendered = undefined;
  }

  /** Hears what concerns what a server has rendered; says whether it still holds. */
  readonly #heard = (how: "hide" | "ask" | "check" | "pause"): boolean => {
    if (how === "pause") {
      // The page becomes its person's: whoever is watched then is asked for anew.
      if (this.#isQuiet && this.#watch) {
        this.#watch.stop();
        this.#watch = undefined;
        queueMicrotask(this.#listen);
      }
      return true;
    }
    // By its URL the broker finds it, and reads it again.
    if (how === "check" && this.#isQuiet && typeof this.request === "string") return true;
    if (how === "hide") {
      this.#known = LOADING;
      this.#since = 0;
    }
    this.#doubt();
    if (how === "hide") this.#show();
    return false;
  };

  /** Asks for what a server has rendered, once whoever says that it does not hold has said it to all. */
  #doubt(): void {
    this.#settled();
    if (!this.#listeners.size) {
      this.state = { ...this.state, data: this.#known.data, isLoading: true };
      return;
    }
    const quiet = this.#isQuiet ? this.#watch : undefined;
    if (quiet) this.#watch = undefined;
    this.#isQuiet = false;
    queueMicrotask(() => {
      if (this.#listeners.size) this.#begin();
      // Only now: what both want goes on.
      quiet?.stop();
    });
  }

  #answer(): Promise<void> {
    if (!this.#next) {
      let settle!: () => void;
      this.#next = { promise: new Promise((resolve) => (settle = resolve)), settle };
    }
    return this.#next.promise;
  }

  /** Whoever renders for the first time may never come to subscribe. */
  #waitForRendering(): void {
    if (globalThis.document) setTimeout(this.#leave, RENDERING_MS);
  }

  #keepNew(): void {
    const { app, request, options } = this;
    if (this.#stopAsking || this.refusal || !(options.interval || options.focus || options.reconnect)) return;
    const stop = (this.#stopAsking = () => {});
    // Unless it ends before.
    import("../refetch/index.js").then(({ refetch }) => this.#stopAsking === stop && (this.#stopAsking = refetch(app, request, options.init, options)), () => {});
  }

  #leave = (): void => {
    if (this.#listeners.size) return;
    this.#watch?.stop();
    this.#stopAsking?.();
    this.#watch = this.#stopAsking = this.#next = undefined;
    this.#settled();
    // Whoever comes back (to React's `Activity`) is told what is new.
    if (!this.refusal) this.state = { ...this.state, isLoading: true };
    this.forget();
  };

  #takeBack(): void {
    for (const over of this.#over.splice(0)) over();
  }

  #show(): void {
    let { data } = this.#known;
    if (data !== undefined) for (const overlay of this.#overlays) data = overlay(data);
    this.state = { ...this.#known, data };
    for (const listener of this.#listeners) tell(listener);
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
  /** What is out of date after it, in all apps and tabs: labels, or what `invalidate` takes. */
  invalidates?: readonly string[] | Invalidation;
}

/** How a change by a document is made. */
export type MutationOptions = Omit<MutateOptions, "invalidates"> & ChangeOptions;

/** Makes a change: shows it in advance, sends it, and lets what it has made out of date be read again. */
export async function changed(app: Forebay, what: any, given: any, args: any[]): Promise<any> {
  const { optimistic = [], invalidates, ...options }: ChangeOptions = typeof given === "function" ? given(...args) : given;
  // Before it is sent: what has been done cannot fail any more.
  const outdated = scopeOf(invalidates);
  const shown = optimistic.map(({ source, variables, options, update }) => [leaseOf<any>(app, source, variables, options), update] as const);
  for (const [{ refusal }] of shown) if (refusal) throw refusal;
  const back = shown.map(([lease, update]) => lease.show(update));
  let isDone = false;
  try {
    const result = await (typeof what === "function" ? what(...args) : app.mutate(what, args[0], options));
    isDone = true;
    return result;
  } finally {
    if (isDone && outdated) app.invalidate(outdated);
    for (const take of back) take(isDone);
  }
}
