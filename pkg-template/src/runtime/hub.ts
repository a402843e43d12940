/** Between the apps and the core: hands questions over, and gives out what the core orders. */
import type { ErrorCode, Events, Explanation, HostOptions, JsonOptions, Report, RequestOptions, Update } from "../api.js";
import { disconnected, ForebayError, invalid, jsonOf, networkError, ofNetwork } from "../error.js";
import { answered } from "../answered.js";
import { fetchUntil, limited, signalOf, soon } from "../limits.js";
import { part, type Importing } from "../part.js";
import { changed, goesOn, IDENTITY_CHANGED, sessionOf } from "../identity.js";
import type { Early, Page, PlainWatch, Write } from "../protocol.js";
import { markStale } from "../stale.js";
import { reported, told } from "../told.js";
import { VERSION } from "../protocol.js";
import type { Core, Extend, load } from "./core.js";
import { fetchPart } from "./core.js";
import { exchangeOf } from "./early.js";
import type { Exchange } from "./exchange.js";
import { shielded } from "../shield.js";
import { valueOf } from "./exchange.js";
import type { Written } from "./spelling.js";
import { absolute, flags, items, requestOf, takeApart } from "./spelling.js";
import type { Spelled } from "./spellings.js";
import { Spellings } from "./spellings.js";
import { Driver, FIELDS, facts, pack, unpack } from "../../../src/browser/driver.js";
import { BYPASSED, JOINED, OUTCOMES, report, type CoreReport } from "./reports.js";
import { NativePromise } from "../native.js";
import { flatten } from "./options.js";

/** Where `written` says which groups a write has made out of date. */
const GROUPS = 6 + FIELDS.indexOf("cache-group-invalidation");

/** How long uses may go untold: the core orders eviction by them, and nothing else waits for them. */
const TELL_USES_MS = 1_000;

/** How long what is read again waits for a write to be on disk. */
const LOGGING_MS = 200;

/** A question as it was asked, so that it can go out as plain `fetch` whatever happens. */
export interface Question {
  readonly app: number;
  readonly name: string;
  readonly input: string | URL | Request;
  readonly init: RequestOptions | undefined;
  readonly json: boolean;
  /** What ends it: the caller's signal and its deadline. */
  readonly signal?: AbortSignal | null | undefined;
  /** What callers are made of a whole answer; default: its JSON. */
  readonly value?: (exchange: Exchange) => Promise<unknown>;
  /** What components are told of that. */
  readonly read?: (value: any) => unknown;
}

interface Wait extends Question {
  readonly signal: AbortSignal | null | undefined;
  /** In which identity session it was asked. */
  readonly session: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  settle(): void;
}

/** What the core says of an exchange that failed. */
const NETWORK = 0;

/** Who may say that Forebay is off, beside a flag's key and URL. */
const HOST = 2;
const BUDGET = 3;

/** How the core is told that answers are out of date. */
type Doubt = "invalidate" | "written" | "mutated";

/**
 * `null`: it is read as if there were no core. `apart`: it was asked before the present person was named, so its credential
 * is one of its own, whatever the host said of tokens.
 */
type Spell = (apart: boolean) => Spelled | undefined | null;

interface Lease extends Question {
  /** In which identity session it was asked. */
  readonly session: number;
  readonly listener: (update: Update<unknown>) => void;
  readonly spell: Spell;
  data?: unknown;
  /** What it was told last was a failure. */
  failed?: boolean;
  /** Its person's time is over. */
  isOver?: boolean;
  /** What reads it while it passes through. */
  plain?: Promise<PlainWatch | undefined> | undefined;
}

export class Hub extends Driver {
  readonly spellings: Spellings;
  /** Set once the core has broken: from then on everything is plain `fetch`. */
  broken: string | undefined;
  /** The fresh answer that lies on disk, where the depot is there. */
  onDisk?(fingerprint: string, url: string): Promise<Explanation["entry"]>;
  readonly waits = new Map<number, Wait>();
  readonly leases = new Map<number, Lease>();
  /** Starts what a route needs, if the manifest says it. */
  start?: Promise<((path: string) => void) | void>;
  /** What `identify` was told last. */
  named?: readonly [id: string | null, interchangeable: boolean];
  readonly #listeners = new Set<readonly [event: string, listener: (detail: any) => void]>();
  /** Names of apps; the first is number 1. */
  readonly #apps: string[] = [];
  /** Patterns of rules that clash, as far as it was said. */
  readonly #clashes = new Set<string>();
  #next = 0;
  #telling = false;
  /** What was written last is on its way to disk. */
  #logging: Promise<unknown> | void = undefined;
  /** Errors of our own. */
  #faults = 0;
  /** The mode that was told last. */
  #isPassing = false;
  /** What each has said is off: a flag's key, its URL, the host, the budget. */
  readonly #disabled: Exclude<HostOptions["disabled"], undefined>[] = [[], [], [], []];
  /** Names of apps that are. */
  #off: string[] = [];
  #flag: Promise<void> | undefined;

  readonly #core: Core;
  readonly extend: Extend;
  readonly page: Page;
  /** Whose page it is, as far as the core knows; and in which session. */
  #person: string | null | undefined;
  #session = 0;
  /** In which session was asked what is begun now. */
  #asking: number | undefined;

  constructor([core, extend]: Awaited<ReturnType<typeof load>>, page: Page) {
    super();
    this.#core = core;
    this.extend = extend;
    this.page = page;
    this.spellings = new Spellings((request) => this.safely(() => core.unspell(request)));
    this.safely(() => core.start(pack(core, [location.origin, ...crypto.getRandomValues(new Uint32Array(10))])));
  }

  /** Makes answers out of date. */
  doubt(what: Doubt, items: (string | number)[]): void {
    this.spellings.settle();
    // By its URL the core finds what is watched; labels and groups of what a server has rendered it does not know.
    const isNamed = what === "invalidate" ? items.length > Number(items[0]) + 1 : items[GROUPS];
    this.page.rendered?.heard(isNamed ? "ask" : "check");
    // Without its part for GraphQL the core keeps nothing that a mutation could concern.
    this.safely((core) => core[what]?.(pack(core, items)));
    const urls = what === "invalidate" ? items.slice(1, 1 + +items[0]!) : [items[what === "written" ? 1 : 0]];
    this.page.plain?.outdated("invalidate", { urls, tags: what === "invalidate" ? items.slice(1 + +items[0]!) : [] });
  }

  /** The same, in all tabs and on disk, where the depot is there. Whoever has written hears of it when that is done. */
  outdated(what: Doubt, items: (string | number)[]): Promise<unknown> | void {
    this.doubt(what, items);
    if (this.broken !== undefined) markStale();
  }

  /** The same, by a write: who has written may say, when it hears of it, what else is out of date. All is read again once. */
  written(what: Doubt, items: (string | number)[]): Promise<unknown> | void {
    return (this.#logging = this.outdated(what, items));
  }

  override endOfTask(): void {
    const end = () => this.safely((core) => core.task_ended());
    setTimeout(() => {
      const logging = this.#logging;
      this.#logging = undefined;
      if (logging) Promise.race([logging, new Promise((enough) => setTimeout(enough, LOGGING_MS))]).finally(() => setTimeout(end));
      else end();
    });
  }

  clear(): void {
    this.outdated("invalidate", [1, "*"]);
    // What components show keeps the names it has.
    this.spellings.clear();
  }

  get host(): HostOptions {
    return this.page.host;
  }

  /** What GraphQL takes, loaded when it is first asked for; `undefined`: it cannot be had now, and operations are sent as they are. */
  readonly graph = this.#graph();

  #graph() {
    /** The core's part for it: added once, beside the script. */
    let operations: Promise<void> | undefined;
    const load = (importing: Importing) => {
      const { wasm = new URL("./graphql.wasm", import.meta.url), wasmIntegrity } = this.host.graphql ?? {};
      operations ??= this.extend(fetchPart(wasm, wasmIntegrity));
      const core = operations;
      core.catch(() => (operations = undefined));
      return Promise.all([importing(() => import("../graphql/index.js")), core]);
    };
    return part(load, ([{ Graph }]) => new Graph(this), (error) => this.warn("wasm-unavailable", "GraphQL is sent as it is. " + error));
  }

  /** What reads for components while requests pass through. */
  readonly plain = part((importing) => importing(() => import("../passthrough/index.js")), ({ passThrough }) => (this.page.plain ??= passThrough(this.page)), (error) => this.fault(error));

  /** Why an app's requests pass through, if they do. */
  passes(app?: string): string | undefined {
    return this.broken ?? this.page.off ?? (this.#off.includes(app!) ? "It is switched off." : undefined);
  }

  /** Somebody says what is off: the host, a flag's key or URL, or the budget. It is off as long as one of them says so. */
  switch(who: number, disabled: HostOptions["disabled"]): void {
    this.#disabled[who] = disabled || [];
    this.#off = this.#disabled.flatMap((said) => (typeof said === "object" ? said : []));
    const all = this.#disabled.find((said) => typeof said !== "object");
    this.page.off = all === true ? "It is switched off." : (all as string | undefined);
    this.#switched();
  }

  // --- from the apps -----------------------------------------------------------------------------------------

  configure(given: HostOptions): void {
    if (!given || typeof given !== "object") throw invalid("configure() needs an object.");
    const { wasm, wasmIntegrity, storage, disabled, flag, errorBudget, ...options } = given;
    this.#nameClashes(given.rules);
    const wrong = this.safely((core) => {
      const length = core.configure(pack(core, flatten(options))) || core.prepare?.();
      return length && unpack(core, length).text();
    });
    if (wrong) throw invalid(`configure(): ${wrong}`);
    if (disabled === false) this.#disabled[BUDGET] = [];
    if (disabled !== undefined) this.switch(HOST, disabled);
    if (flag) this.#flag ??= import("../flag/index.js").then(({ follow }) => follow(flag, (place, said) => this.switch(place, said)), console.warn);
    if (given.graphql ?? given.manifest?.documents) this.graph();
    if (given.manifest?.routes) this.start = import("../route/index.js").then(({ plan }) => plan(this, given.manifest!.routes!)).catch(console.warn);
    this.#respell();
  }

  /** Of two rules for the same URLs the first holds: whoever wrote the second hears of it, once. */
  #nameClashes(rules: HostOptions["rules"] = []): void {
    const first = new Set<string>();
    for (const { match } of rules) {
      if (first.has(match) && !this.#clashes.has(match)) {
        this.#clashes.add(match);
        this.warn("invalid-option", `configure(): there are two rules for ${match}; the first holds. Make one of them.`);
      }
      first.add(match);
    }
  }

  connect(name: string): number {
    return this.#apps.push(name);
  }

  disconnect(app: number): void {
    for (const [id, lease] of this.leases) if (lease.app === app) this.release(id);
    this.safely((core) => core.disconnect(app));
  }

  /** In which identity session is asked what is asked now. */
  get session(): number {
    return this.#asking ?? sessionOf(this.page);
  }

  /** Begins what was asked in that session. */
  inSession(session: number | undefined, begin: () => void): void {
    this.#asking = session;
    try {
      begin();
    } catch (error) {
      reported(error);
    } finally {
      this.#asking = undefined;
    }
  }

  /** Finds or names a request; `undefined` if it is to be sent as it is. `apart`: see {@link Spell}. */
  spell(input: string | URL | Request, init: RequestOptions | undefined, apart = false): Spelled | undefined {
    const written = takeApart(input, init);
    if (!written) return;
    const text = init === undefined && typeof input === "string" ? input : undefined;
    const spelled = this.spellings.of(written, text, (written) => this.#name(written, apart), apart ? "apart" : "");
    spelled.from = requestOf(input) && { input: input as Request, init };
    return spelled;
  }

  /** Asks the core, and promises what it will say. */
  ask(question: Question, spelled: Spelled, signal: AbortSignal | null | undefined): Promise<any> {
    const id = ++this.#next;
    signal?.throwIfAborted();
    const { session } = this;
    // Whatever the page's own URL is when it goes out by itself.
    const input = requestOf(question.input) ?? spelled.written.url;
    const promise = new NativePromise((resolve, reject) => {
      const leave = () => {
        this.waits.delete(id);
        reject(signal!.reason);
        this.safely((core) => core.left(id));
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.waits.set(id, shielded({ ...question, input, signal, session, resolve, reject, settle: () => signal?.removeEventListener("abort", leave) }));
    });
    this.safely((core) => core.ask(id, question.app, spelled.request, flags(question), question.init?.forebay?.deadline ?? 0));
    return promise;
  }

  lease(question: Question, listener: Lease["listener"], spell: Spell, session = this.session): number {
    const id = ++this.#next;
    const spelled = this.passes(question.name) === undefined ? spell(session !== sessionOf(this.page)) : null;
    if (spelled !== null && !spelled?.request) throw invalid("watch() needs a GET, a query, or a POST that a rule declares (coalescePost).");
    this.leases.set(id, shielded({ ...question, session, listener, spell }));
    if (!spelled) this.#readPlainly(id);
    else this.safely((core) => core.lease(id, question.app, spelled.request, flags(question)));
    return id;
  }

  release(id: number): void {
    this.leases.get(id)?.plain?.then((watch) => watch?.stop());
    if (this.leases.delete(id)) this.safely((core) => core.release(id));
  }

  refresh(id: number): void {
    const lease = this.leases.get(id);
    if (lease?.plain) lease.plain.then((watch) => watch?.refresh());
    else if (lease) this.safely((core) => core.refresh(id, 0));
  }

  foresee(input: string | URL, init: JsonOptions | undefined): void {
    const spelled = this.spell(input, init);
    if (spelled?.request) this.safely((core) => core.foresee(spelled.request));
  }

  /**
   * Takes over what was sent before; what has its head already joins nobody after {@link land}, but as HTTP allows. Those who
   * sent it read it beside the broker; the last of all who leaves ends it.
   */
  takeOver(early: Early): void {
    const { request, response, whole, arrived: since, moment, isNew } = early;
    const spelled = this.spell(request, undefined);
    if (!spelled?.request || early.waiters === 0) return;
    const exchange = whole && exchangeOf(early, whole);
    // The clock that says it is older is right: one of them stands still while a computer sleeps.
    const arrived = Math.min(moment!, Date.now() - performance.now() + since!);
    if (exchange) Object.assign(exchange, { arrived, head: Object.assign(exchange.head, { arrived }) });
    const stop = () => early.stop?.abort();
    this.handOver(spelled.request, exchange ?? response.then((whole) => exchangeOf(early, whole)), isNew || /^(no-cache|reload)$/.test(request.cache), (flight: number) => {
      early.left = () => this.safely((core) => core.deserted(flight));
      return { abort: () => void (early.waiters ? (early.left = stop) : stop()) };
    });
  }

  /** A request that was sent without the core may have written. */
  wrote(...[method, url, response = new Response()]: Write): void {
    this.outdated("written", [method, response.url || url, ...facts(response, 0)]);
  }

  invalidate(urls: readonly string[], tags: readonly string[]): Promise<unknown> | void {
    return this.outdated("invalidate", [urls.length, ...urls, ...tags]);
  }

  identify(id: string | null, interchangeable: boolean): void {
    this.named = [id, interchangeable];
    if (this.#person !== id) {
      // A stub may have said so already.
      if (sessionOf(this.page) === this.#session) this.#begin();
      this.#session = sessionOf(this.page);
      this.#person = this.page.person = id;
      this.spellings.end();
      for (const lease of this.leases.values()) lease.data = undefined;
    }
    // Leases keep the names they have: of before anybody was named, each credential is one of its own.
    if (this.safely((core) => core.identify(pack(core, id === null ? [] : [id]), +interchangeable))) this.spellings.clear();
    this.page.plain?.outdated("identify", id);
  }

  /** Another tab is another person's: whose page this is will be known when the host has spoken. */
  doubtPerson(): void {
    this.#begin();
    this.#person = undefined;
    this.spellings.end();
  }

  /** Begins an identity session. */
  #begin(): void {
    this.#session = this.page.session = sessionOf(this.page) + 1;
  }

  route(path: string): void {
    this.start?.then((start) => start?.(path));
  }

  report(): Report {
    this.#tellUses();
    const known = this.safely((core): CoreReport => report(unpack(core, core.report(this.#apps.length)), this.#apps));
    const reason = this.passes();
    return { version: VERSION, mode: reason === undefined ? "shared" : "pass-through", reason, errors: this.#faults, ...known };
  }

  on(event: string, listener: (detail: any) => void): () => void {
    const entry = [event, listener] as const;
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** Answers without the core. */
  async alone({ app, name, input, init, json, signal }: Question): Promise<any> {
    this.safely((core) => core.used(app, 0, BYPASSED, 1));
    this.emit("answer", () => ({ app: name, url: urlOf(input), outcome: "bypassed" }));
    const method = String(init?.method ?? (input as Request).method ?? "GET").toUpperCase();
    const url = urlOf(input);
    let response: Response;
    try {
      response = await fetchUntil(input, init, signal);
    } catch (error) {
      // What was given up after it was sent may have been done.
      if (!/^(GET|HEAD|OPTIONS|QUERY)$/.test(method)) this.outdated("invalidate", [1, absolute(url)]);
      if (json) return ofNetwork(url, signal)(error);
      throw error;
    }
    // Before the caller hears of it, nothing that is older is given out any more. Who is given the value hears of it when that
    // is read, and may say then what else is out of date: all is read again once.
    const written = async () => method === "GET" || this.written("written", [method, response.url || absolute(url), ...facts(response, 0)]);
    if (json) return jsonOf(response).catch(ofNetwork(url, signal)).finally(written);
    await written();
    return response;
  }

  /** Counts an answer that was given without asking the core; `joined`: 1 if it is still on its way, else 0. */
  count(spelled: Spelled, joined: 0 | 1, app: number): void {
    this.spellings.count(spelled, joined, app);
    this.emit("answer", () => ({ app: this.#apps[app - 1]!, url: spelled.written.url, outcome: joined ? "joined" : "fresh" }));
    if (this.#telling) return;
    this.#telling = true;
    setTimeout(() => this.#tellUses(), TELL_USES_MS);
  }

  emit<K extends keyof Events>(event: K, detail: () => Events[K]): void {
    for (const [name, listener] of this.#listeners) if (name === event) queueMicrotask(() => told(listener, detail()));
  }

  // --- from the core (see `src/browser`) -----------------------------------------------------------------------

  /** A request as it is sent. */
  sendable(request: number, _flight: number, how: number): [input: string | Request, init: RequestInit, exchange?: typeof fetch] {
    const { from, written } = this.spellings.named(request)!;
    const { url, method, credentials, body, told, names } = written;
    const all = new Map(written.headers);
    // Names and values in turn.
    if (how & 16) JSON.parse(this.said).forEach((name: string, at: number, said: string[]) => at % 2 || all.set(name.toLowerCase(), said[at + 1]!));
    const headers = [...all].map(([name, value]): [string, string] => [names?.get(name) ?? name, value]);
    // A Request may hide more than it shows. Beside other options `fetch` forgets whose policy it has.
    if (from) return [from.input, { ...from.init, headers, ...told, referrerPolicy: told?.referrerPolicy ?? "" }];
    return [url, { method, headers, credentials, body: body!, ...told }];
  }

  answer(id: number, body: number, how: number): void {
    const wait = this.waits.get(id);
    if (!wait) return;
    const exchange = this.exchanges.get(body)!;
    const give = () => {
      if (wait.json) return (wait.value ?? valueOf)(exchange);
      if (how & 16) {
        const where = JSON.parse(this.said);
        return limited(wait.input, undefined, wait.signal ?? signalOf(wait.input, wait.init), () => soon(import("../kin/index.js"))).then((kin) => kin!.piece(exchange, where));
      }
      return exchange.response(wait.signal, how & 8 ? () => this.safely((core) => core.left(id)) : undefined, (how & 7) < JOINED);
    };
    try {
      const given = give();
      this.take(id);
      this.#told(wait, exchange, how & 7);
      wait.resolve(how & 16 ? (given as Promise<Response>).catch(() => fetchUntil(wait.input, wait.init, wait.signal)) : given);
    } catch {
      // A fault of one answer is that answer's alone: this caller sends its own.
      this.goAlone(id);
      if (how & 8) queueMicrotask(() => this.safely((core) => core.left(id)));
    }
  }

  fail(id: number, failure: number): void {
    const wait = this.take(id);
    if (wait) wait.reject(this.#failureOf(wait, failure));
  }

  goAlone(id: number): void {
    const wait = this.take(id);
    if (wait) this.#sendAlone(wait);
  }

  #sendAlone({ input, init, json, value, signal, session, resolve, reject }: Wait): void {
    try {
      goesOn(this.page, session);
      const sent: Promise<unknown> = fetchUntil(input, init, signal);
      (json ? sent.then((response) => (value ? answered : jsonOf)(response as Response)).catch(ofNetwork(urlOf(input), signal)) : sent).then(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  notify(id: number, body: number, outcome: number): void {
    const lease = this.leases.get(id);
    if (!lease) return;
    const exchange = this.exchanges.get(body)!;
    this.#told(lease, exchange, outcome);
    this.#show(id, (lease.value ?? valueOf)(exchange), OUTCOMES[outcome]!, exchange.arrived);
  }

  notifyFailure(id: number, failure: number): void {
    const lease = this.leases.get(id);
    if (!lease) return;
    this.tell(id, { data: lease.data, outcome: "failed", error: this.#failureOf(lease, failure) as Error });
    if (failure !== IDENTITY_CHANGED) return;
    // The core has ended it: it carries the former person's credential. It goes when it has been told so.
    lease.isOver = true;
    queueMicrotask(() => this.leases.delete(id));
  }

  publish(request: number, body: number, until: number): void {
    this.spellings.named(request)?.publish(this.exchanges.get(body)!, until);
  }

  withdraw(request: number): void {
    this.spellings.named(request)?.withdraw();
  }

  denied(request: number): void {
    const { url } = this.spellings.named(request)!.written;
    this.warn("http-status", `${url}: 401. What came from there before is not given out until that succeeds, or identify() is called.`);
  }

  dropRequest(request: number): void {
    this.spellings.drop(request);
  }

  /** The core has broken: whatever waits goes out by itself, and so does all that follows. */
  broke(reason: string): void {
    if (this.broken !== undefined) return;
    this.broken = reason;
    this.page.reason = reason;
    this.#faults += 1;
    this.warn("wasm-unavailable", `Plain fetch now: the core broke. ${reason}`);
    this.#switched();
  }

  /** An error of our own, which cost nobody an answer. Over the host's budget the page goes on without us. */
  fault(error: unknown): void {
    console.warn("Forebay:", error);
    this.#faults += 1;
    const { errorBudget = Infinity } = this.host;
    if (this.#faults > errorBudget && typeof this.#disabled[BUDGET] === "object") this.switch(BUDGET, `More than ${errorBudget} errors of Forebay's own; the last: ${error}`);
  }

  /** What passes through has changed. Who waits and passes now goes out by itself. */
  #switched(): void {
    const reason = this.passes();
    const isPassing = reason !== undefined;
    if (isPassing !== this.#isPassing) {
      this.#isPassing = isPassing;
      this.emit("mode", () => (isPassing ? { mode: "pass-through", reason } : { mode: "shared" }));
      // What happened meanwhile nobody has seen.
      if (!isPassing) this.doubt("invalidate", [1, "*"]);
    }
    for (const [id, { name }] of [...this.waits]) {
      if (this.passes(name) === undefined) continue;
      this.safely((core) => core.left(id));
      this.goAlone(id);
    }
    for (const [id, lease] of this.leases) {
      const passes = this.passes(lease.name) !== undefined;
      if (passes === !!lease.plain) continue;
      if (passes) {
        this.safely((core) => core.release(id));
        this.#readPlainly(id);
      } else {
        lease.plain!.then((watch) => watch?.stop());
        lease.plain = undefined;
        this.#lease(id);
      }
    }
  }

  warn(code: ErrorCode, message: string): void {
    console.warn(message);
    this.emit("warning", () => new ForebayError(code, message));
  }

  // --- within ----------------------------------------------------------------------------------------------------

  /** Calls the core. If it breaks, the page goes on without it: `undefined`. */
  safely<T>(call: (core: Core) => T): T | undefined {
    if (this.broken !== undefined) return;
    try {
      return call(this.#core);
    } catch (error) {
      this.broke(String(error));
      return;
    }
  }

  #name(written: Written, apart: boolean): number {
    const named = this.safely((core) => core.spell(pack(core, items(written)), +apart)) ?? 0;
    if (named >= 0) return named;
    this.warn("invalid-body", `${written.method} ${written.url} is sent as it is: its body is not what its content-type says.`);
    return 0;
  }

  #respell(): void {
    this.spellings.clear();
    for (const [id, { plain }] of this.leases) {
      if (plain) continue;
      this.safely((core) => core.release(id));
      this.#lease(id);
    }
  }

  #lease(id: number): void {
    const lease = this.leases.get(id)!;
    if (lease.isOver) return;
    const request = lease.spell(lease.session !== sessionOf(this.page))?.request;
    if (request) this.safely((core) => core.lease(id, lease.app, request, flags(lease)));
  }

  /** Reads for a component as if there were no core. */
  #readPlainly(id: number): void {
    const lease = this.leases.get(id)!;
    const { input, init, read } = lease;
    const mine = (lease.plain = this.plain().then((plain) => {
      if (this.leases.get(id)?.plain !== mine) return;
      const watch = plain?.follow(input, init, !!read, (update) => {
        lease.data = update.data;
        this.tell(id, update);
      });
      // Without that part it is read once.
      if (!watch) this.#show(id, fetch(input, init).then(read ? answered : jsonOf).catch(ofNetwork(urlOf(input), init?.signal)), "bypassed");
      return watch;
    }));
  }

  /** Tells a component of an answer as soon as it is read; if that fails, beside what it was shown before. */
  #show(id: number, answer: Promise<unknown>, outcome: Update<unknown>["outcome"], at = Date.now()): void {
    const lease = this.leases.get(id)!;
    const session = sessionOf(this.page);
    const tell = (update: () => Update<unknown>) => session === sessionOf(this.page) && this.tell(id, update());
    answer.then(lease.read).then(
      (data) => tell(() => ({ data: (lease.data = data), outcome, error: undefined, at })),
      (error) => tell(() => ({ data: lease.data, outcome: "failed", error })),
    );
  }

  #failureOf(question: Question, failure: number): unknown {
    const error = failureOf(question, failure, this.error);
    // Who asked for an answer of GraphQL may want to see whose body broke off.
    const head = question.value && failure === NETWORK ? this.exchanges.get(this.failing)?.response() : undefined;
    return head ? Object.assign(error as Error, { head }) : error;
  }

  take(id: number): Wait | undefined {
    const wait = this.waits.get(id);
    this.waits.delete(id);
    wait?.settle();
    return wait;
  }

  tell(id: number, update: Update<unknown>): void {
    const lease = this.leases.get(id);
    if (!lease) return;
    lease.failed = !!update.error;
    queueMicrotask(() => this.leases.get(id) === lease && told(lease.listener, update));
  }

  #told({ name }: Question, exchange: Exchange, outcome: number): void {
    this.emit("answer", () => ({ app: name, url: exchange.head.url, outcome: OUTCOMES[outcome]! }));
  }

  #tellUses(): void {
    this.#telling = false;
    this.spellings.flush((app, request, joined, times) =>
      this.safely((core) => core.used(app, request, joined ? JOINED : 0, times)),
    );
  }
}

const urlOf = (input: string | URL | Request) => requestOf(input)?.url ?? String(input);

function failureOf({ name, input, json, init }: Question, failure: number, error: unknown): unknown {
  const url = urlOf(input);
  switch (failure) {
    case 1: return new ForebayError("deadline", `${url}: no answer within ${init?.forebay?.deadline} ms.`, { retryable: true });
    case 2: return disconnected(name);
    case 4: return new TypeError(url + ": nothing is stored (only-if-cached).");
    case IDENTITY_CHANGED: return changed();
    // `fetch` fails as the browser's does; what one of our parts (each with an error class of its own) says is said.
    default: return json ? networkError(url, error) : error;
  }
}
