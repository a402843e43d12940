/**
 * How the copies of the client on one page find each other, whatever bundler built them and in whatever order
 * they come: one object at `globalThis[Symbol.for("forebay")]`, with one member for each protocol.
 *
 * Protocol 1. Members may be added in later minor versions; none changes its meaning or goes.
 */
import type { Forebay, HostOptions } from "./api.js";

/** The version of this copy. */
export const VERSION: string = FOREBAY_VERSION;

/** Where the page's registry stands. */
export const REGISTRY = Symbol.for("forebay");

/** The page's registry. A copy that speaks only another protocol stands apart. */
export interface Registry {
  v1?: Page;
}

/** What all copies that speak protocol 1 share. */
export interface Page {
  /** Version of the copy that came first. */
  readonly version: string;
  /** What the host shell has configured so far. */
  host: HostOptions;
  /** Requests that went out before the broker was there, by their spelling. */
  readonly early: Map<string, Early>;
  /** Watches that wait for the broker, which begins them before anybody can ask it for anything. */
  waiting?: Set<Waiting>;
  /** Writes that were answered before the broker was there. */
  written?: Write[];
  /** By app and endpoint: the last mutation, behind which the next one waits. */
  writing?: Map<string, Promise<any>>;
  /** Calls that only the broker can carry out, in their order. */
  readonly todo: (readonly [app: string, method: DeferredMethod, args: readonly unknown[]])[];
  /** `undefined`: on its way. `null`: it will not come, and everything is plain `fetch` for ever. */
  broker?: Broker | null;
  /** Resolves when `broker` is known. */
  readonly ready: Promise<Broker | null>;
  /** Set if answers of an earlier page lie on disk: then requests wait a little for the broker. */
  warm?: unknown;
  /** Whose page it is, as `identify` was told last. */
  person?: string | null;
  /** How many persons have been named: which identity session it is. None until the first `identify`: it is nobody's page. */
  session?: number;
  /** What is kept of that person beside answers. */
  notes?: Notes;
  /** Runs work once for all who call meanwhile; `undefined` if that part could not be loaded. */
  exclusive?: Promise<Exclusive | undefined>;
  /** Why there is no broker. */
  reason?: string;
}

/** What may wait for the broker: calls that promise nothing. */
export type DeferredMethod = "prefetch" | "invalidate" | "clear" | "identify" | "route";

/** A request that went out before the broker was there. */
export interface Early {
  readonly request: Request;
  /** Never read by anybody: each caller reads a clone. */
  readonly response: Promise<Response>;
  /** The same, once its head is there. */
  whole?: Response;
  /** The browser's own HTTP cache was passed by. */
  readonly isNew?: boolean;
  /** When its head was there, by `performance.now()`. */
  arrived?: number;
  /** The same, by the calendar. */
  moment?: number;
}

/** Something that is to begin when the broker is there, and in which session it was asked for. */
export interface Waiting {
  readonly session: number;
  begin(): void;
}

/** A request that may have written: its method, the URL, and the response; none if it was given up after it was sent. */
export type Write = readonly [method: string, url: string, response?: Response];

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
export type Exclusive = (page: Page, name: string, work: () => unknown) => Promise<unknown>;

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
