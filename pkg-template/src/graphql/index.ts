/**
 * GraphQL: the part of the runtime that only pages with queries load. It gives operations to the core to be named, cuts
 * answers out as the core's plans say, and sends mutations in their order.
 */
import type { AskOptions, GraphQLDocument, MutateOptions, QueryOptions, Update, Watch } from "../api.js";
import { answered, answerIn, dataOf, errorsOf, given, headersFor, type Answered } from "../answered.js";
import { bodyOf, invalid, ofNetwork } from "../error.js";
import { changed, IDENTITY_CHANGED, sessionOf } from "../identity.js";
import { clock, pack, unpack } from "../../../src/browser/driver.js";
import type { Hub, Question } from "../runtime/hub.js";
import type { Exchange } from "../runtime/exchange.js";
import type { Written } from "../runtime/spelling.js";
import { absolute, flags } from "../runtime/spelling.js";
import { toJson } from "../request/write.js";
import { scopeOf } from "../request/scope.js";
import type { Spelled } from "../runtime/spellings.js";
import { OUTCOMES } from "../runtime/reports.js";
import { cut, type Node } from "./cut.js";
import { labelsOf } from "./labels.js";
import { exchange as persisted } from "./persisted.js";
import { share } from "./share.js";
import { textOf } from "./text.js";
import { groupsOf } from "../wrote.js";

export { textOf };

/** An app and its number. */
interface App {
  readonly id: number;
  readonly app: string;
}

/** What was asked for, as the core takes it. */
interface Operation {
  readonly text: string;
  readonly name: string;
  readonly variables: string;
}

/** An operation's spelling, and its last answer, whose unchanged parts the next one keeps. */
interface Asked extends Spelled {
  operation?: Operation;
  last?: unknown;
}

/** Statuses that say something of the server or the person, and nothing of how the operation was put. */
const hopeless = (status: number) => status > 499 || status === 401 || status === 403 || status === 429;

export class Graph {
  readonly #hub: Hub;
  /** Flights that bring answers to queries. */
  readonly #flights = new Set<number>();
  /** What was cut out last. */
  #result: Answered | undefined;
  /** When its oldest part came. */
  #at = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
    const graph = this;
    hub.safely((core) => {
      const length = core.prepare();
      if (length) hub.warn("invalid-option", `configure(): ${unpack(core, length).text()}`);
    });
    const sendable = hub.sendable;
    // What the core orders about queries, and the driver leaves to whoever knows them.
    Object.assign(hub, {
      sendable(request: number, flight: number, how: number): ReturnType<Hub["sendable"]> {
        const [url, init] = sendable.call(hub, request, flight, how);
        if (!(hub.spellings.named(request) as Asked).operation) return [url, init];
        graph.#flights.add(flight);
        const session = sessionOf(hub.page);
        // Between the hash and the text the person may change.
        const mine: typeof fetch = async (...exchange) => {
          if (session !== sessionOf(hub.page)) throw changed();
          return fetch(...exchange);
        };
        const exchange: typeof fetch = (url, init) => persisted(url as string, init!, mine);
        return [url, how & 8 ? { ...init, body: hub.said } : init, hub.host.graphql?.persisted ? exchange : fetch];
      },
      whole: (flight: number) => graph.#describe(flight),
      compose: (waiter: number, request: number, how: number) => graph.#compose(waiter, request, how),
      notifyComposed: (lease: number, request: number, how: number) => graph.#notify(lease, request, how),
      publishComposed(request: number, _: number, until: number) {
        const result = graph.#result;
        if (result) hub.spellings.named(request)?.publish({ head: { ok: true }, headers: result.headers, value: () => result } as unknown as Exchange, until);
      },
    });
  }

  async query(app: App, document: GraphQLDocument<any, any>, variables: unknown, options: QueryOptions, session: number): Promise<any> {
    const hub = this.#hub;
    const [question, operation] = this.#question(app, document, variables, options);
    const whole = (sent: Promise<Response>) => sent.then(answered).catch(ofNetwork(question.input as string, options.signal));
    // It was nobody's page when this was asked: as plain `fetch`, and kept for nobody.
    if (session !== sessionOf(hub.page)) return given(await whole(fetch(question.input as string, question.init)), options);
    const spelled = this.#spell(question, operation);
    if (!spelled?.request) return given(await whole(hub.alone({ ...question, json: false })), options);
    if (spelled.until && clock() < spelled.until && !question.init!.cache) {
      options.signal?.throwIfAborted();
      hub.count(spelled, 0, app.id);
      return given((await spelled.promise()) as Answered, options);
    }
    return given((await hub.ask(question, spelled, options.signal)) as Answered, options);
  }

  /** A query that nobody asks yet, as the core knows it. */
  prepare(...query: [document: string, variables: unknown, options: QueryOptions]): Asked | null {
    return this.#spell(...this.#question({} as App, ...query));
  }

  watch(app: App, document: GraphQLDocument<any, any>, variables: unknown, options: QueryOptions, listener: (update: Update<any>) => void, session: number): Watch {
    const hub = this.#hub;
    const [question, operation] = this.#question(app, document, variables, options);
    const id = hub.lease({ ...question, read: dataOf }, listener, (apart) => this.#spell(question, operation, apart), session);
    return { stop: () => hub.release(id), refresh: () => hub.refresh(id) };
  }

  /** In whose order it goes out is for its caller to say. */
  async mutate(app: App, document: GraphQLDocument<any, any>, variables: unknown, { invalidates = [], order: _, ...options }: MutateOptions, session: number): Promise<any> {
    const [question, operation] = this.#question(app, document, variables, options);
    // Before it is sent: what has been done cannot fail any more.
    const { urls = [], tags = [], types = [], groups = [] } = scopeOf(invalidates) ?? {};
    // The next person must not do what this one wanted.
    if (session !== sessionOf(this.#hub.page)) throw changed();
    options.signal?.throwIfAborted();
    return given(await this.#write(question, operation, urls.map(absolute), [...tags, ...types, ...groups]), options);
  }

  // --- from the apps ------------------------------------------------------------------------------------------------

  #question({ id, app }: App, document: unknown, variables: unknown, options: QueryOptions): [Question, Operation] {
    const { endpoint = this.#hub.host.graphql?.endpoint ?? "/graphql", operationName, priority, deadline, retries, onResponse: _, ...rest } = options;
    const forebay = { priority, deadline, retries } as AskOptions;
    const text = textOf(document);
    const given = toJson(variables, "variables");
    if (given && given[0] !== "{") throw invalid("Variables must be an object.");
    const headers = headersFor(rest.headers);
    headers.set("content-type", "application/json");
    // Numbers of any length stay what they are.
    const body = `{"query":${JSON.stringify(text)}${given ? `,"variables":${given}` : ""}${operationName === undefined ? "" : `,"operationName":${JSON.stringify(operationName)}`}}`;
    const init = { ...rest, method: "POST", headers, body, forebay };
    return [
      { app: id, name: app, input: absolute(endpoint), init, json: true, value: async (exchange) => answerNow(exchange) },
      { text, name: operationName ?? "", variables: given ?? "" },
    ];
  }

  #spell({ name, input, init }: Question, operation: Operation, apart = false): Asked | null {
    const hub = this.#hub;
    if (hub.passes(name) !== undefined) return null;
    const { method, headers, body, credentials = "same-origin" } = init!;
    const written = { url: input, method, headers: [...(headers as Headers)], body, credentials } as Written;
    const spelled: Asked = hub.spellings.of(written, undefined, (written) => this.#name(written, operation, apart), apart ? "graphql apart" : "graphql");
    spelled.operation = operation;
    return spelled;
  }

  #name({ url, credentials, headers }: Written, { text, name, variables }: Operation, apart: boolean): number {
    const hub = this.#hub;
    return hub.safely((core) => {
      const named = core.spell_operation(pack(core, [url, credentials, text, name, variables, ...headers.flat()]), +apart);
      if (named >= 0) return named;
      const wrong = unpack(core, -named);
      // The server may know more than we do: it is asked, and says what it thinks.
      hub.warn("invalid-document", `A GraphQL document cannot be read, and is sent as it is: line ${wrong.number()}, column ${wrong.number()}: ${wrong.text()}.`);
      return 0;
    }) ?? 0;
  }

  async #write(question: Question, { text, name, variables }: Operation, urls: readonly string[], tags: readonly string[]): Promise<Answered> {
    const hub = this.#hub;
    const { input, init } = question;
    hub.emit("answer", () => ({ app: question.name, url: input as string, outcome: "bypassed" }));
    hub.safely((core) => core.used(question.app, 0, OUTCOMES.indexOf("bypassed"), 1));
    const url = input as string;
    // Queries are kept under the URL that they were sent to, wherever the server has led them.
    const written = (to: string, types: string[]) =>
      Promise.all([...new Set([url, to])].map((one) => hub.written("mutated", [one, text, name, variables, ...types])));
    const failed = ofNetwork(url, init!.signal);
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      // What was given up after it was sent may have been done.
      written(url, []);
      if (urls[0] ?? tags[0]) hub.invalidate(urls, tags);
      return failed(error);
    }
    const answering = answered(response).catch(failed);
    const answer: Answered = await answering.catch(() => ({}));
    const types = labelsOf(answer.data).filter((label) => !label.includes(":"));
    // Acknowledged: before the caller hears of it, nothing that is older is given out any more.
    if (response.status < 400) {
      let logged: Promise<unknown> | void = written(response.url || url, types);
      const all = [...tags, ...groupsOf(response.headers.get("cache-group-invalidation") ?? "")];
      if (urls[0] ?? all[0]) logged = hub.invalidate(urls, all);
      await logged;
    }
    return answering;
  }

  // --- from the core ------------------------------------------------------------------------------------------------

  /** Says what the core must know of an answer before it decides whether to keep it. */
  #describe(flight: number): void {
    const hub = this.#hub;
    if (!this.#flights.delete(flight)) return;
    const answer = parsed(hub.exchanges.get(flight)!);
    // Where an error names its place, everybody is given those that concern them.
    const errors = answer && errorsOf(answer);
    const refused = !answer?.data || errors?.some(({ path }) => !path?.[0]);
    const flawed = refused ? 2 : Number(!!errors);
    hub.safely((core) => core.described(flight, flawed, pack(core, labelsOf(answer?.data))));
  }

  /** What the core says how to cut out; `undefined`: there is a doubt. Throws what is an error for everybody. */
  #cut(request: number, how: number): Answered | undefined {
    const hub = this.#hub;
    const [bodies, plan] = JSON.parse(hub.said) as [number[], Node[]];
    const exchanges = bodies.map((body) => hub.exchanges.get(body)!);
    this.#result = undefined;
    this.#at = Math.min(...exchanges.map(({ arrived }) => arrived));
    const hurt = exchanges.find(({ head }) => !head.ok && hopeless(head.status));
    // What a server has said to several is nobody's answer; but as another person it cannot be asked again.
    if (hurt && (how & 24) === 16) return;
    if (hurt ?? how & 8) return answerNow(hurt ?? exchanges[0]!);
    // A refusal is its own asker's, whatever it holds.
    if (exchanges.some(({ head }) => !head.ok)) return;
    const answers = exchanges.map(parsed);
    const result = answers.every((answer) => answer) ? cut(plan, answers as Answered[]) : undefined;
    if (!result || errorsOf(result)) return result;
    const spelled = hub.spellings.named(request) as Asked;
    return (this.#result = { ...result, data: (spelled.last = share(spelled.last, result.data)), headers: exchanges[1] ? undefined : exchanges[0]!.headers });
  }

  #compose(id: number, request: number, how: number): void {
    const hub = this.#hub;
    const wait = hub.waits.get(id);
    if (!wait) return;
    const url = wait.input as string;
    let result: Answered | undefined;
    try {
      result = this.#cut(request, how);
    } catch (error) {
      hub.take(id)!.reject(error);
      return;
    }
    if (result) {
      hub.take(id);
      hub.emit("answer", () => ({ app: wait.name, url, outcome: OUTCOMES[how & 7]! }));
      return wait.resolve(result);
    }
    if (how & 16) return hub.fail(id, IDENTITY_CHANGED);
    // Not from within: the core is carrying out what it has ordered.
    const session = sessionOf(hub.page);
    queueMicrotask(() => {
      if (session !== sessionOf(hub.page)) hub.fail(id, IDENTITY_CHANGED);
      else hub.safely((core) => hub.waits.has(id) && core.ask(id, wait.app, request, flags(wait) | OWN, 0));
    });
  }

  #notify(id: number, request: number, how: number): void {
    const hub = this.#hub;
    const lease = hub.leases.get(id);
    if (!lease) return;
    const outcome = OUTCOMES[how & 7]!;
    try {
      const result = this.#cut(request, how);
      if (!result) return queueMicrotask(() => hub.safely((core) => core.refresh(id, 1)));
      const before = lease.data;
      const data = dataOf(result);
      lease.data = data;
      // Nothing that it shows has changed.
      if (data !== before || lease.failed) hub.tell(id, { data, outcome, error: undefined, at: this.#at });
    } catch (error) {
      hub.tell(id, { data: lease.data, outcome: "failed", error: error as Error });
    }
  }
}

/** Bit of `ask`'s flags: in its very words. */
const OWN = 0x100;

/** An answer, if it is one; whatever its status. */
function parsed(exchange: Exchange): Answered | undefined {
  try {
    return answerNow(exchange);
  } catch {
    return;
  }
}

/** An answer as it came; throws if it is none. */
const answerNow = (exchange: Exchange): Answered => answerIn(exchange.head, bodyOf(() => exchange.value()), exchange.headers, () => exchange.response());
