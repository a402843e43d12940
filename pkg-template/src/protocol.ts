/**
 * How the copies of the client on one page find each other, whatever bundler built them and in whatever order
 * they come: one object at `globalThis[Symbol.for("forebay")]`, with one member for each protocol.
 *
 * Protocol 1. Members may be added in later minor versions; none changes its meaning or goes.
 */
import type { ExclusiveOptions, ExclusiveWork, Forebay, HostOptions, Invalidation, RequestOptions, Update, Watch } from "./api.js";

/** The version of this copy. */
export const VERSION: string = FOREBAY_VERSION;

/** Where the page's registry stands. */
export const REGISTRY = Symbol.for("forebay");

/** Marks the options with which one of us calls `fetch`, and every copy of them: a call that comes back with it is our own. */
export const SENT = Symbol.for("forebay.sent");

/** The page's registry. A copy that speaks only another protocol stands apart. */
export interface Registry {
  v1?: Page;
}

/**
 * What stands in a registry.
 * @throws if that is not ours: it may be anything, frozen too, and has none of these
 */
export function oursIn({ v1 }: Registry): Page {
  v1!.todo.at(0), v1!.early.get(""), v1!.ready.then();
  if (Object.isFrozen(v1) || Object.isFrozen(v1!.todo)) throw new TypeError("frozen");
  return v1!;
}

/** The page's object, if there is one that is ours. */
export function known(): Page | undefined {
  try {
    return oursIn((globalThis as any)[REGISTRY]);
  } catch {
    return;
  }
}

/** What all copies that speak protocol 1 share. */
export interface Page {
  /** Version of the copy that came first. */
  readonly version: string;
  /** What the host shell has configured so far. */
  host: HostOptions;
  /** Requests that went out before the broker was there, by their spelling. */
  readonly early: Map<string, Early>;
  /** Calls that only the broker can carry out, in their order. */
  readonly todo: (readonly [app: string, method: DeferredMethod, args: readonly unknown[]])[];
  /** `undefined`: on its way. `null`: it will not come, and everything is plain `fetch` for ever. */
  broker?: Broker | null | undefined;
  /** Resolves when `broker` is known. */
  readonly ready: Promise<Broker | null>;
  /** Resolves when `broker` is known, or has not come in time: then there is `plain`, if that can be had. Never later than that. */
  readonly settled: Promise<unknown>;
  /** Its number among the tabs of the origin. */
  tab?: number;
  /** The last mutation of each place in the order in which they go out. */
  order?: Map<string, Promise<unknown>>;
  /** What keeps contracts while there is no broker. A broker that comes later takes its place. */
  plain?: Plain | undefined;
  /** Makes callers' responses of what was sent before the broker was there: loaded with the runtime, before the core. */
  give?: (early: Early, whole: Response, signal: AbortSignal | null | undefined, leave: () => void) => Response;
  /** Resolves when `give` is there. */
  giving?: Promise<unknown>;
  /** The page's `fetch` when the first of us came. Where our own request comes back to us, this sends it. */
  native?: typeof fetch;
  /** One of us is calling `fetch` right now. */
  isSending?: boolean | undefined;
  /** What `forebay/install` has put on the page. Then we send with the `fetch` that was there before. */
  installed?: Installed | undefined;
  /** Called when `broker` or `plain` has come. */
  readonly turns: Set<Turn>;
  /** Why the whole page passes through although there is a broker. */
  off?: string | undefined;
  /** Set if answers of an earlier page lie on disk: then requests wait a little for the broker. */
  warm?: unknown;
  /** Whose page it is, as `identify` was told last. */
  person?: string | null;
  /** How many persons have been named: which identity session it is. None until the first `identify`: it is nobody's page. */
  session?: number;
  /** What is kept of that person beside answers. */
  notes?: Notes;
  /** Runs work once for all who call meanwhile; `undefined` if that part could not be loaded. */
  exclusive?: Promise<Exclusive | undefined> | undefined;
  /** Why there is no broker. */
  reason?: string;
  /** What servers have rendered, where an adapter has taken some in. */
  rendered?: Rendered;
}

/** What stands in the place of `fetch` and `XMLHttpRequest`: once per page, for all who have installed. */
export interface Installed {
  readonly before: typeof fetch;
  /** Who has, and for which URLs. */
  readonly uses: Set<InstalledUse>;
  /** Puts it in place, where what was there before stands (again). */
  put(): void;
  /** Takes it away. What others have put over it stays, and what they hold of it passes on. */
  remove(): void;
}

/** One call of `install`. */
export interface InstalledUse {
  readonly app: Forebay;
  matches(url: string): boolean;
}

/** What servers have rendered, as all adapters of the page share it. */
export interface Rendered {
  /** Takes in what `dehydrate` wrote. */
  take(payload: string): void;
  /** What there is of a request, by its name; headers that may hold secrets are named apart. */
  of(name: string, secrets: string): Rendering | undefined;
  /**
   * Hears what may concern it, before the broker does: whose page it is now, which epoch, that all is forgotten; that something
   * may be out of date (`ask`), or something that the broker finds by the request alone (`check`).
   */
  heard(what: "identify" | "configure" | "clear" | "ask" | "check", person?: string | null): void;
}

/** One answer that a server has rendered. */
export interface Rendering {
  readonly data: unknown;
  /** When, by the server's calendar. */
  readonly at: number;
  /** It is asked for although it is shown. */
  readonly isOld: boolean;
  /** Who shows it: told that it must go (`hide`), or may be out of date; gives whether it is still shown and watched. `pause`: the page becomes its person's. */
  readonly watchers: Set<(how: "hide" | "ask" | "check" | "pause") => boolean>;
  /** There is something newer. */
  drop(): void;
}

/** What may wait for the broker: calls that promise nothing. */
export type DeferredMethod = "prefetch" | "invalidate" | "clear" | "identify" | "route";

/** A request that went out before the broker was there. */
export interface Early {
  readonly request: Request;
  /** Never read by anybody: each caller reads a clone. */
  readonly response: Promise<Response>;
  /** How many wait for it. The last who leaves stops it. */
  waiters?: number;
  readonly stop?: AbortController;
  /** What the last who leaves calls in the place of `stop`, since the broker reads it, too. */
  left?: () => void;
  /** By which all read its response. */
  exchange?: unknown;
  /** When its head was there, by `performance.now()`. */
  arrived?: number;
  /** The same, by the calendar. */
  moment?: number;
  /** The response, once its head is there. */
  whole?: Response;
  /** The browser's own HTTP cache was passed by. */
  readonly isNew?: boolean;
}

/** Begins something when the broker is there, or what stands in its place; once for each. */
export interface Turn {
  (): void;
  /** In which identity session it was asked for. */
  session?: number;
}

/** A request that may have written: its method, the URL, and the response; none if it was given up after it was sent. */
export type Write = readonly [method: string, url: string, response?: Response | undefined];

/** Small records on disk of the person whose page it is. They are erased with all else that is kept of that person. */
export interface Notes {
  /** Whose they are now, so that others' can be told apart; empty: nobody's, and none are kept. */
  person(): string;
  /** `undefined`: there is none. */
  read(name: string): Promise<unknown>;
  /** `undefined` erases it. */
  write(name: string, note: unknown): void;
  /** Tells when they become another person's. */
  changed(listener: () => void): void;
}

/** See `Forebay.exclusive`. */
export type Exclusive = (
  page: Page, name: string, work: (held: ExclusiveWork) => unknown, options: ExclusiveOptions | undefined, app: string,
) => Promise<any>;

/** The broker of a page, as the stubs see it. */
export interface Broker {
  readonly version: string;
  /** Connects an app. */
  connect(app: string): Omit<Forebay, "exclusive">;
  /** Takes more of the host's options in. */
  configure(options: HostOptions): void;
  /** A request that was sent without it may have written. */
  wrote?(...write: Write): void;
}

/** What stands in the broker's place where there is none. */
export interface Plain {
  /** `outdated`: who is told of what the app's writes make out of date, in the place of this one's watches. */
  connect(app: string, outdated?: (what: Invalidation) => void): Omit<Forebay, "exclusive">;
  /** Watches a request as it would be sent; with `only-if-cached` it is not read before something says that it is out of date. `from`: whose headers those are, where `init` is still to come. */
  follow(input: string | URL | Request, init: RequestOptions | undefined | Promise<RequestOptions | undefined>, isQuery: boolean, listener: (update: Update<any>) => void, from?: { readonly headers?: HeadersInit }): PlainWatch;
  /** Something is out of date; what is watched of it is read again. Where there is no broker, other tabs are told. */
  outdated(method: DeferredMethod, what: unknown): void;
}

/** A watch that may have been begun to be read before: since so many calls of `todo`. */
export interface PlainWatch extends Watch {
  begun(data: Promise<unknown>, since: number): void;
}
