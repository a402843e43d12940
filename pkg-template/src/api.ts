/**
 * The public interface of Forebay: everything an app, a host shell or a tool may rely on.
 * Types only; the stub and the runtime implement them.
 */

/** What kind of work a request is for. Work of a higher class lifts the flight it joins. */
export type Priority = "user-blocking" | "user-visible" | "background";

/**
 * How a lookup ended.
 *
 * - `fresh`: a stored entry, fresh by HTTP's rules
 * - `stale`: a stored entry past its freshness, revalidated behind the answer
 * - `persisted`: a stored entry that came from disk
 * - `joined`: a flight that somebody else had started
 * - `joined-prefetch`: a flight that the route plan or a prefetch had started
 * - `missed`: a flight of its own
 * - `bypassed`: sent as it was, because it may not be shared
 * - `failed`: no answer
 */
export type Outcome =
  | "fresh" | "stale" | "persisted" | "joined" | "joined-prefetch" | "missed" | "bypassed" | "failed";

/** Options of one call beyond those of `fetch`. */
export interface AskOptions {
  /** Default `user-visible`; `background` for prefetches. */
  priority?: Priority;
  /** Milliseconds until this caller gives up (code `deadline`). The flight goes on for the others. */
  deadline?: number;
  /** How often a failed idempotent request may be sent again; default 0 for `fetch`, 2 for all else. */
  retries?: number;
}

/** What `fetch` takes, and {@link AskOptions}. */
export interface RequestOptions extends RequestInit {
  /** Forebay's own options; never sent. */
  forebay?: AskOptions;
}

/** What `json`, `watch` and `prefetch` take. A plain object or array given as `json` is sent as a JSON body. */
export interface JsonOptions extends RequestOptions {
  /** Sent as `application/json`; the method defaults to `POST` when it is present. */
  json?: unknown;
}

/** A value that is shared: frozen to its leaves, since another app shows the very same. `structuredClone` makes one of your own. */
export type DeepReadonly<T> = 0 extends T & 1 ? T : T extends (...args: never) => unknown ? T : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What a watcher is told. */
export interface Update<T> {
  /** Deep-frozen, shared with every other app that asked for the same. */
  readonly data: DeepReadonly<T> | undefined;
  readonly outcome: Outcome;
  /** Set when the last attempt failed; `data` is then what was known before, if anything. */
  readonly error: Error | undefined;
  /** When `data` came from the server, in milliseconds by the calendar. */
  readonly at?: number;
}

/** A standing interest in a request. It ends with `stop()`, and at the latest with `disconnect()`. */
export interface Watch {
  /** Ends the interest; idempotent. */
  stop(): void;
  /** Asks again now, past the cache. */
  refresh(): void;
}

/** A GraphQL document: text, a parsed `DocumentNode`, or one that carries its types. */
export type GraphQLDocument<Result = unknown, Variables = unknown> =
  | string
  | { readonly kind: "Document"; readonly definitions: readonly unknown[] }
  | { readonly __apiType?: (variables: Variables) => Result; readonly kind: "Document" };

/** Options of `query`, `mutate` and GraphQL watches. */
export interface QueryOptions extends AskOptions {
  /** Where to send it; default: the host's `graphql.endpoint`, else `/graphql`. */
  endpoint?: string | URL;
  headers?: HeadersInit;
  signal?: AbortSignal;
  credentials?: RequestCredentials;
  /** Which operation of the document, when it has several. */
  operationName?: string;
  /** Told what came beside the data, before the data is given. */
  onResponse?: (response: QueryResponse) => void;
}

/** What came beside a query's data. */
export interface QueryResponse {
  /** Of the response that the data came in, however it was shared; `undefined`: it came in several. */
  headers?: Headers | undefined;
  /** What the server has put there, if it was asked this and nothing more: what it says of an operation that others had a part in is nobody's. */
  extensions?: Record<string, unknown>;
}

/** Options of `mutate`. */
export interface MutateOptions extends QueryOptions {
  /**
   * Mutations of one app to one endpoint go out one after the other, as they were called. With a text only those of the same
   * text wait for each other; with `false` this one waits for none, and none for it.
   */
  order?: string | false;
  /** What this mutation makes out of date: labels, or what `invalidate` takes. */
  invalidates?: readonly string[] | Invalidation;
}

/** A query to watch. */
export interface WatchedQuery<Result = unknown, Variables = Record<string, unknown>> extends QueryOptions {
  query: GraphQLDocument<Result, Variables>;
  variables?: Variables;
  /** For the first answer; with `only-if-cached` nothing is asked for: the listener is told what others learn. */
  cache?: RequestCache;
}

/** What to invalidate; a call must name at least one. */
export interface Invalidation {
  /** Whole URLs, or patterns with `*` (any text) as in `/api/patients/*`. */
  urls?: readonly string[];
  /** Labels that rules gave; names of GraphQL types; or GraphQL objects, as in `Visit:7` (for answers that have `__typename` and `id`). */
  tags?: readonly string[];
  /** Names of GraphQL types: everything that has objects of them in it and says so. */
  types?: readonly string[];
  /** Groups that servers put answers in (`Cache-Groups`). */
  groups?: readonly string[];
}

/** Counts of how lookups ended, and of what was sent. */
export type Counts = { readonly [K in Outcome]: number } & {
  /** Exchanges with a server that Forebay started, retries and revalidations included. */
  readonly sent: number;
};

/** What the page has done so far. */
export interface Report {
  readonly version: string;
  /** `shared`: the broker decides. `pass-through`: it is missing or broke, and requests go out as plain `fetch`. */
  readonly mode: "starting" | "shared" | "pass-through";
  /** Why the page is in pass-through. */
  readonly reason?: string | undefined;
  /** Errors of Forebay's own so far: none of them has cost anybody an answer. */
  readonly errors?: number;
  /** This and all that follows is there only once the broker is. */
  readonly counts?: Counts;
  readonly apps?: Readonly<Record<string, Counts>>;
  readonly cache?: { readonly entries: number; readonly bytes: number; readonly budget: number; readonly evicted: number };
  readonly live?: { readonly flights: number; readonly waiters: number; readonly leases: number };
  /** What routes have started, where the manifest says what they need. */
  readonly routes?: {
    /** Exchanges that were begun because a route began, before anybody asked. */
    readonly started: number;
    /** Those of them whose answers somebody was given. */
    readonly used: number;
    /** Those that have served nobody so far. */
    readonly unused: number;
    /** Needs that were not started because the person saves data or the line is slow. */
    readonly withheld: number;
  };
}

/** Why a request would hit, join or miss, in words. */
export interface Explanation {
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  readonly outcome: Outcome;
  /** One sentence for a person. */
  readonly because: string;
  /** The parts of the normal form, as text, in their order. */
  readonly parts: readonly { readonly name: string; readonly value: string }[];
  readonly entry?: { readonly age: number; readonly freshFor: number; readonly bytes: number; readonly tags: readonly string[] };
}

/** What `on` reports. */
export interface Events {
  /** An answer was given. */
  answer: { readonly app: string; readonly url: string; readonly outcome: Outcome };
  /** Something a developer should know; nothing was lost. */
  warning: ForebayErrorShape;
  /** The page's mode changed. */
  mode: { readonly mode: Report["mode"]; readonly reason?: string };
}

/** The machine-readable part of every error. Switch on `code`, never on the message. */
export interface ForebayErrorShape extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** Of `http-status`. */
  readonly status?: number;
  /** Of `http-status`: what the server said, where that is JSON; frozen. */
  readonly body?: unknown;
  /** Of `graphql`: the answer's errors. */
  readonly errors?: readonly unknown[];
  /** Of `graphql`: what data there was beside them. */
  readonly data?: unknown;
}

/** Codes of errors and warnings. */
export type ErrorCode =
  | "invalid-url"          // the URL cannot be parsed
  | "invalid-option"       // an option has an unknown name or a wrong type
  | "invalid-body"         // the body is not what its type says, or cannot be written as JSON
  | "invalid-document"     // the GraphQL document cannot be read
  | "disconnected"         // the handle was used after `disconnect`
  | "deadline"             // this caller's deadline passed
  | "deadlock"             // exclusive work waits for work that waits for it
  | "network"              // the exchange failed
  | "http-status"          // `json` got a status that is not 2xx
  | "not-json"             // `json` got a body that is not JSON
  | "graphql"              // the answer carries `errors`
  | "identity-changed"     // the person changed before the request was sent
  | "protocol"             // another Forebay on this page speaks an incompatible protocol
  | "storage"              // nothing can be kept on disk, or no more
  | "wasm-unavailable";    // the core could not be loaded or broke; the page is in pass-through

/** Options of `exclusive`. */
export interface ExclusiveOptions {
  /** Milliseconds until this caller gives up (code `deadline`); default 30,000. The work goes on for the others. */
  timeout?: number;
  /** Ends this caller's waiting. */
  signal?: AbortSignal;
}

/** What work that must not be done twice at once is given. */
export interface ExclusiveWork {
  /** As {@link Forebay.exclusive}; for names that this work already holds it runs at once. */
  readonly exclusive: Exclusively;
  /** Aborts when nobody waits for the work any more. */
  readonly signal: AbortSignal;
}

/** See {@link Forebay.exclusive}. */
export type Exclusively = <T>(name: string, work: (held: ExclusiveWork) => T | Promise<T>, options?: ExclusiveOptions) => Promise<T>;

/** One connected micro-frontend. */
export interface Forebay {
  /** The name that `connect` was given. */
  readonly app: string;

  /** As the global `fetch`: same arguments, same errors, a `Response` of this caller's own. */
  fetch(input: string | URL | Request, init?: RequestOptions): Promise<Response>;

  /** Fetches and parses JSON. The value is deep-frozen and shared. Rejects on a status that is not 2xx. */
  json<T = unknown>(input: string | URL | Request, init?: JsonOptions): Promise<DeepReadonly<T>>;

  /** The fresh value in memory, or `undefined`. Never sends anything. */
  peek<T = unknown>(input: string | URL, init?: JsonOptions): DeepReadonly<T> | undefined;

  /**
   * Asks, and tells `listener` now and whenever the answer changes, until stopped. `cache` in `init` is for the first answer; with
   * `only-if-cached` nothing is asked for: `listener` is told what others learn, and what becomes of it.
   */
  watch<T = unknown>(input: string | URL | Request, listener: (update: Update<T>) => void): Watch;
  watch<T = unknown>(input: string | URL | Request, init: JsonOptions, listener: (update: Update<T>) => void): Watch;
  watch<Result = unknown, Variables = Record<string, unknown>>(query: WatchedQuery<Result, Variables>, listener: (update: Update<Result>) => void): Watch;

  /**
   * Runs a GraphQL query; resolves with its frozen `data`. What is stored or in the air and holds all or some of it
   * is used; the rest is fetched together with what others ask for in the same task.
   */
  query<Result = unknown, Variables = Record<string, unknown>>(
    document: GraphQLDocument<Result, Variables>, variables?: Variables, options?: QueryOptions,
  ): Promise<DeepReadonly<Result>>;

  /**
   * Runs a GraphQL mutation: always sent by itself, after this app's mutation before it to the same endpoint. Then what is kept about the types in
   * its answer (known from the manifest or from `__typename`) is out of date, and what `invalidates` names; if nothing
   * that is kept is about those types, everything from that endpoint.
   */
  mutate<Result = unknown, Variables = Record<string, unknown>>(
    document: GraphQLDocument<Result, Variables>, variables?: Variables, options?: MutateOptions,
  ): Promise<Result>;

  /** Starts a request that somebody will soon want, in the background. */
  prefetch(input: string | URL, init?: JsonOptions): void;

  /** Makes entries out of date; watched ones are read again, once, together. */
  invalidate(what: Invalidation): void;

  /** Forgets all that is kept, in all tabs and on disk; what is watched is read again. */
  clear(): void;

  /** Says whose data it is from now on; `null` is nobody. Never a token. `tokens: "interchangeable"` declares that this person's tokens all see the same. */
  identify(id: string | null, options?: { tokens?: "distinct" | "interchangeable" }): void;

  /** Tells the route (a path, and its query if there is one), so that what the manifest knows of it starts before its components mount. */
  route(path: string): void;

  /**
   * Runs work that must not be done twice at once, such as renewing a token: whoever calls by the same name while it
   * runs, in any app and any tab of the origin, for the same person, gets what that one run gives, its failure too. If
   * the tab that runs it dies, another that waits runs its own. Callers of one page share the very value; other tabs
   * get a copy, and if it cannot be copied (`structuredClone`) they run their own, one after the other. Where there
   * are no Web Locks (insecure contexts) it is once for each page; on a server, or if this part of Forebay cannot be
   * loaded, the work is just run.
   *
   * Whoever waits does so for at most `timeout`, and is then told who holds the name. Work that needs another name asks for
   * it through what it was given (`work({ exclusive })`): then names that it holds are no obstacle, and two that wait for each
   * other are an error that says so.
   */
  exclusive<T>(name: string, work: (held: ExclusiveWork) => T | Promise<T>, options?: ExclusiveOptions): Promise<T>;

  report(): Report;

  /** Says what would happen to this request now, and why. Sends nothing. */
  explain(input: string | URL | Request, init?: JsonOptions): Promise<Explanation>;

  /** Listens; returns the function that ends it. */
  on<K extends keyof Events>(event: K, listener: (detail: Events[K]) => void): () => void;

  /** Ends the app: its callers are rejected (code `disconnected`), its watches end. Idempotent. */
  disconnect(): void;
}

/** Options of `connect`. */
export interface ConnectOptions {
  /** The micro-frontend's name, as reports show it. */
  app: string;
}

/** What the host shell may say about its URLs. The first rule that matches a request holds. */
export interface RouteRule {
  /** A path such as `/api/patients/:id` or `/api/*`, or a whole URL with the same signs. */
  match: string;
  /** `ignored`: parameters of different names may change places. Default `significant`. */
  queryOrder?: "significant" | "ignored";
  /** Parameters that do not change the answer. */
  ignoreParams?: readonly string[];
  /** Top-level members of a JSON body that do not change the answer. */
  ignoreMembers?: readonly string[];
  /** Request headers that do not change the answer, whatever the server's `Vary` says of them. */
  ignoreHeaders?: readonly string[];
  /** `true`: a POST here only reads, and may be shared. Default `false`. */
  coalescePost?: boolean;
  /** `value`: 1, 1.0 and 1e0 in a JSON body are one number. Default `text`. */
  numbers?: "text" | "value";
  /** Seconds an answer stays fresh, whatever its headers say (`no-store` still holds, but see `noStore`). */
  ttl?: number;
  /** `false`: never keep answers. */
  store?: boolean;
  /**
   * What becomes of answers that say `no-store`. `obey` (default): nothing is kept, and callers go one beside the other. `share`:
   * nothing is kept, but callers of this page who ask while one is on its way share it. `keep`: the same, and answers to GraphQL
   * queries are kept for `ttl`, in memory only, never on disk.
   */
  noStore?: "obey" | "share" | "keep";
  /** `true`: where memory is short, answers here go only when nothing else is left. Default `false`. */
  pin?: boolean;
  /** Labels under which answers can be invalidated. */
  tags?: readonly string[];
}

/** A value that is known when a route begins: of a parameter of its path, or of the page's query, decoded; or a constant. */
export type RouteValue = { readonly param: string } | { readonly query: string } | { readonly always: unknown };

/** A text with values in it; in a URL they are encoded. */
export type RouteText = string | readonly (string | RouteValue)[];

/** A request that a route needs. */
export interface NeededRequest {
  /** In a plain text `:name`, where a segment or a parameter's value begins, is the route's parameter. */
  readonly url: RouteText;
  /** Default `GET`. Of other methods only those are started of which a rule says that they just read. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON body: values in it are written as JSON. */
  readonly body?: RouteText;
}

/** A GraphQL query that a route needs. */
export interface NeededQuery {
  readonly query: string;
  readonly variables?: Readonly<Record<string, RouteValue>>;
  /** Default: the host's. */
  readonly endpoint?: string;
}

/** Route pattern → what is needed there. A pattern is a path such as `/patients/:id` or `/help/*`; the first that matches holds. */
export type RouteTable = Readonly<Record<string, readonly (NeededRequest | NeededQuery)[]>>;

/** What is known of the page before it runs: written by `forebay link --plan`, or by hand. */
export interface Manifest {
  /** Hash of the GraphQL schema: which shape the data has, unless the host says `epoch`. */
  schema?: string;
  /** What to start when a route begins. Of several apps' tables all hold. */
  routes?: RouteTable | readonly RouteTable[];
  /** GraphQL queries of the page's apps: whoever first asks for something fetches also what the others will ask about it. */
  documents?: readonly string[];
  /**
   * Composite types and enums of the GraphQL schema, so that more can be proved: which fields are of which type, which objects an
   * interface or union can be, and (`values`) that a variable of an enum is the same as the literal.
   */
  types?: Readonly<Record<string, { fields?: Readonly<Record<string, string>>; possible?: readonly string[]; values?: readonly string[] }>>;
}

/** Where operations can switch Forebay off, so that an incident ends without a deployment. */
export interface Flag {
  /** A key of `localStorage`: as long as there is a text, the whole page passes through; the text is the reason. */
  key?: string;
  /**
   * A URL that answers JSON: `{ "disabled": … }`, as `configure` takes it. It is asked when the page begins, each time the page is
   * looked at again, and every five minutes. While it gives no such answer, what it said last holds.
   */
  url?: string | URL;
}

/** Options of `configure`, given by the host shell. */
export interface HostOptions {
  /** `true`, or a text that says why: the whole page passes through as plain `fetch`; or the names of the apps that do. `false` ends that. */
  disabled?: boolean | string | readonly string[];
  /** Where operations can switch Forebay off. */
  flag?: Flag;
  /** So many errors of Forebay's own, counted in `report().errors`, and the page passes through. Default: no number. */
  errorBudget?: number;
  /** Where the core is; default: beside the runtime. */
  wasm?: string | URL;
  /** Subresource Integrity of the core, e.g. `sha384-…`. */
  wasmIntegrity?: string;
  rules?: readonly RouteRule[];
  /** Request headers that change answers, besides `accept`, `accept-language`, `content-type` and `range`. All others keep requests apart only until an answer has said (`Vary`) what matters. */
  significantHeaders?: readonly string[];
  /** Headers that carry credentials, besides `authorization`; only their keyed digests are used. Those that look like it (`x-api-key`, `x-user`, …) are taken for one unless they are named in `significantHeaders` or `ignoreHeaders`. */
  credentialHeaders?: readonly string[];
  /** Request headers that do not change answers, anywhere: like tracing headers, they never keep two requests apart. */
  ignoreHeaders?: readonly string[];
  /** Bytes of bodies kept in memory; default 32 MiB. */
  memory?: number;
  /**
   * Which build of the data's shape it is, e.g. a build's number; default: the manifest's `schema`. What was kept under another
   * is never given out, and is erased when no tab has it any more.
   */
  epoch?: string;
  manifest?: Manifest;
  /** What outlives the page. Of several calls the last that names an option holds, whenever it comes. */
  storage?: {
    /** `false`: nothing is kept on disk, and what lies there is erased. Before `identify` was called only answers that are `public` ever are. */
    disk?: boolean;
    /** Bytes of bodies on disk; default 64 MiB, and never more than a tenth of what the browser allows the origin. */
    bytes?: number;
    /** `true`: encrypted with a key that no script can read, and that goes with the person. Costs about a millisecond for each answer. */
    encrypt?: boolean;
    /** Where the core's part for it is; default: beside the runtime. */
    wasm?: string | URL;
    /** Subresource Integrity of that part. */
    wasmIntegrity?: string;
  };
  graphql?: {
    /** Where operations go unless they say otherwise; default `/graphql`. */
    endpoint?: string;
    /** `true`: queries go as GET with the hash of their document (Automatic Persisted Queries), so that a CDN can answer them. */
    persisted?: boolean;
    /** Where the core's part for GraphQL is; default: beside the runtime. */
    wasm?: string;
    /** Subresource Integrity of that part. */
    wasmIntegrity?: string;
  };
}
