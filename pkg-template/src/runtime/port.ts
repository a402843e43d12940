/** One connected app's way to the page's broker. */
import type { DeepReadonly, Events, Explanation, Forebay, GraphQLDocument, Invalidation, JsonOptions, MutateOptions, QueryOptions, Report, RequestOptions, Update, Watch, WatchedQuery } from "../api.js";
import { answered, given, posted } from "../answered.js";
import { disconnected, ForebayError } from "../error.js";
import { either, limited, signalOf, soon } from "../limits.js";
import { changed, goesOn, isOver, isOwn } from "../identity.js";
import { asInit } from "../options.js";
import { inOrder } from "../order.js";
import { toJson } from "../request/write.js";
import type { Hub, Question } from "./hub.js";
import { told } from "../told.js";
import { absolute } from "./spelling.js";
import { clock } from "../../../src/browser/driver.js";

type Input = string | URL | Request;

export class Port implements Omit<Forebay, "exclusive"> {
  readonly #hub: Hub;
  readonly #id: number;
  /** Aborts with the app. */
  readonly #going = new AbortController();
  #gone = false;
  #plain: Promise<Omit<Forebay, "exclusive"> | undefined> | undefined;

  constructor(hub: Hub, readonly app: string) {
    this.#hub = hub;
    this.#id = hub.connect(app);
  }

  fetch(input: Input, init?: RequestOptions): Promise<Response> {
    return this.#question(input, init, false);
  }

  json<T>(input: Input, init?: JsonOptions): Promise<DeepReadonly<T>> {
    // A repeat: as near to one look into a map as it can be.
    if (init === undefined && typeof input === "string" && !this.#gone) {
      const known = this.#known(input);
      if (known) return known as Promise<DeepReadonly<T>>;
    }
    return this.#question(input, init, true);
  }

  peek<T>(input: string | URL, init?: JsonOptions): DeepReadonly<T> | undefined {
    this.#alive();
    if (this.#hub.passes(this.app) !== undefined) return;
    const plain = init === undefined && typeof input === "string";
    const spelled = (plain && this.#hub.spellings.recall(input)) || this.#hub.spell(input, asInit(init, toJson));
    if (!spelled?.exchange || !spelled.exchange.head.ok || clock() >= spelled.until) return;
    let value: unknown;
    try {
      value = spelled.exchange.value();
    } catch {
      return; // it is not JSON
    }
    this.#hub.count(spelled, 0, this.#id);
    return value as DeepReadonly<T>;
  }

  watch<T>(input: Input | WatchedQuery, ...rest: [listener: (update: Update<T>) => void] | [init: JsonOptions, listener: (update: Update<T>) => void]): Watch {
    this.#alive();
    const listener = rest.pop() as (update: Update<unknown>) => void;
    const hub = this.#hub;
    if ((input as WatchedQuery).query) {
      return this.#watchQuery(input as WatchedQuery, listener);
    }
    const init = asInit(rest[0] as JsonOptions | undefined, toJson);
    const url = (input as Request).url ? (input as Request) : absolute(input as string | URL);
    const error = this.#isOver(hub.session, isOwn(input, init));
    if (error) {
      told(listener, { data: undefined, outcome: "failed", error });
      return { stop() {}, refresh() {} };
    }
    const id = hub.lease({ app: this.#id, name: this.app, input: url, init, json: true }, listener, (apart) => hub.spell(url, init, apart));
    return { stop: () => hub.release(id), refresh: () => hub.refresh(id) };
  }

  #watchQuery(watched: WatchedQuery, listener: (update: Update<unknown>) => void): Watch {
    const { query, variables, ...options } = watched;
    const hub = this.#hub;
    const { session } = hub;
    options.endpoint = this.#endpoint(options);
    let over = false;
    let live: Watch | undefined;
    const begun = (async () => {
      const graph = this.#passes ? undefined : await hub.graph();
      if (over || this.#gone) return;
      const error = this.#isOver(session, isOwn(undefined, options));
      if (error) throw error;
      if (graph) return (live = graph.watch({ id: this.#id, app: this.app }, query, variables, options, listener, session));
      const plain = await this.#plainly();
      if (over || this.#gone) return;
      if (plain) return (live = plain.watch(watched, listener));
      const data = await this.query(query, variables, options);
      if (!over) told(listener, { data, outcome: "bypassed", error: undefined });
      return;
    })().catch((error) => void (over || told(listener, { data: undefined, outcome: "failed", error })));
    const stop = () => {
      over = true;
      live?.stop();
    };
    return { stop, refresh: () => void begun.then((watch) => over || watch?.refresh()) };
  }

  query<R, V>(document: GraphQLDocument<R, V>, variables?: V, options?: QueryOptions): Promise<DeepReadonly<R>> {
    return this.#operate("query", document, variables, options, (go) => go());
  }

  mutate<R, V>(document: GraphQLDocument<R, V>, variables?: V, options?: MutateOptions): Promise<R> {
    const order = { app: this.app, endpoint: this.#endpoint(options), order: options?.order };
    // Its place is that in which it was called, whatever is loaded first.
    return this.#operate("mutate", document, variables, options, (go) => inOrder(this.#hub.page, order, go));
  }

  prefetch(input: string | URL, init?: JsonOptions): void {
    this.#alive();
    if (!this.#passes) this.#hub.foresee(input, asInit(init, toJson));
  }

  invalidate(what: Invalidation): void {
    this.#alive();
    const { urls = [], tags = [], types = [], groups = [] } = what;
    this.#hub.invalidate(urls.map(absolute), [tags, types, groups].flat());
  }

  clear(): void {
    this.#alive();
    this.#hub.clear();
  }

  identify(id: string | null, options?: { tokens?: "distinct" | "interchangeable" }): void {
    this.#alive();
    this.#hub.identify(id, options?.tokens === "interchangeable");
  }

  route(path: string): void {
    this.#alive();
    this.#hub.route(path);
  }

  report(): Report {
    return this.#hub.report();
  }

  async explain(input: Input, init?: JsonOptions): Promise<Explanation> {
    this.#alive();
    const explained = await soon(import("../inspect/index.js").then(({ explain }) => explain(this.#hub, input, init)));
    if (!explained) throw new ForebayError("wasm-unavailable", "The part that explains has not come within 3 s.");
    return explained;
  }

  on<K extends keyof Events>(event: K, listener: (detail: Events[K]) => void): () => void {
    this.#alive();
    return this.#hub.on(event, listener);
  }

  disconnect(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#hub.disconnect(this.#id);
    this.#going.abort(disconnected(this.app));
    this.#plain?.then((plain) => plain?.disconnect());
  }

  /** The answer, or the wait for it that this app has already begun. */
  #known(text: string): Promise<unknown> | undefined {
    const hub = this.#hub;
    const id = this.#id;
    const spelled = hub.spellings.recall(text);
    if (!spelled || this.#passes) return;
    if (spelled.until && clock() < spelled.until) {
      hub.count(spelled, 0, id);
      return spelled.promise();
    }
    const wait = spelled.waits.get(id);
    if (wait && spelled.heads !== hub.heads) {
      spelled.waits.clear();
      return;
    }
    if (wait) hub.count(spelled, 1, id);
    return wait;
  }

  async #question(input: Input, init: JsonOptions | undefined, json: boolean): Promise<any> {
    this.#alive();
    const fetchInit = json ? asInit(init, toJson) : init;
    const deadline = init?.forebay?.deadline;
    const question: Question = { app: this.#id, name: this.app, input, init: fetchInit, json };
    const hub = this.#hub;
    let spelled;
    try {
      spelled = this.#passes ? undefined : hub.spell(input, fetchInit);
    } catch (error) {
      // What `fetch` refuses, it says in the browser's own words.
      if (json) throw error;
    }
    const cache = spelled?.written.told?.cache;
    const isRefused = !json && cache === "only-if-cached" && !spelled!.written.told!.mode;
    const signal = signalOf(input, fetchInit);
    if (!spelled?.request || isRefused) return this.#bounded(input, fetchInit, deadline, signal, (signal) => hub.alone({ ...question, signal }));
    if (spelled.until && clock() < spelled.until && !cache) {
      signal?.throwIfAborted();
      hub.count(spelled, 0, this.#id);
      return json ? spelled.promise() : spelled.exchange!.response(signal, undefined, true);
    }
    if (deadline) return limited(input, deadline, signal, (signal) => hub.ask({ ...question, signal }, spelled, signal));
    if (!json || init !== undefined || signal) return hub.ask(question, spelled, signal);
    // Callers of one app who ask alike and set no conditions of their own share one promise.
    const wait = hub.ask(question, spelled, undefined);
    const { waits } = spelled;
    if (spelled.heads !== hub.heads) waits.clear();
    spelled.heads = hub.heads;
    waits.set(this.#id, wait);
    // If it is another's by now, the core lets who asks next join that.
    const end = () => waits.get(this.#id) === wait && waits.delete(this.#id);
    wait.then(end, end);
    return wait;
  }

  /** Until the caller gives up, its deadline passes, or the app goes; a write that is on its way goes on then. */
  #bounded<T>(input: Input, init: RequestInit | undefined, deadline: number | undefined, signal: AbortSignal | null | undefined, go: (signal: AbortSignal | null | undefined) => Promise<T>): Promise<T> {
    const going = this.#going.signal;
    const isRead = /^(get|head|query)$/i.test(init?.method ?? (input as Request)?.method ?? "get");
    return limited(input, undefined, going, () => limited(input, deadline, isRead ? either(signal, going) : signal, go));
  }

  async #operate(how: "query" | "mutate", document: any, variables: unknown, options: MutateOptions = {}, inTurn: (go: () => Promise<any>) => Promise<any>): Promise<any> {
    this.#alive();
    const { signal } = options;
    const { session } = this.#hub;
    const endpoint = this.#endpoint(options);
    return this.#bounded(endpoint, how === "query" ? undefined : { method: "POST" }, options.deadline, signal, (signal) => inTurn(async () => {
      const graph = this.#passes ? undefined : await this.#hub.graph();
      const plain = graph ?? (await this.#plainly());
      signal?.throwIfAborted();
      this.#alive();
      if (!goesOn(this.#hub.page, session) && how === "mutate") throw changed();
      const told = { ...options, endpoint, ...(signal && { signal }), ...(how === "mutate" && { order: false as const }) };
      if (graph) return graph[how]({ id: this.#id, app: this.app }, document, variables, told, session);
      if (plain) return (plain as Forebay)[how](document, variables, told);
      return given(await answered(await this.fetch(endpoint, { ...asInit(posted(document, variables, options), toJson), signal: signal! })), options);
    }));
  }

  get #passes(): boolean {
    return this.#hub.passes(this.app) !== undefined;
  }

  /** What stands in the broker's place for this app, while its requests pass through. */
  #plainly(): Promise<Omit<Forebay, "exclusive"> | undefined> {
    const hub = this.#hub;
    return (this.#plain ??= hub.plain().then((plain) => {
      if (!plain) this.#plain = undefined;
      return plain?.connect(this.app, (what) => this.invalidate(what));
    }));
  }

  /** Where queries go, as it is understood here and now. */
  #endpoint({ endpoint }: QueryOptions = {}): string {
    return absolute(endpoint ?? this.#hub.host.graphql?.endpoint ?? "/graphql");
  }

  /** Why what was asked in that session is not watched. */
  #isOver(session: number, hasHeaders: boolean): Error | undefined {
    return isOver(this.#hub.page, session, hasHeaders) ? changed() : undefined;
  }

  #alive(): void {
    if (this.#gone) throw disconnected(this.app);
  }
}
