/** The server of a test: answers from a table, notes what is asked, and knows what is on its way. */
import { ForebayError } from "../error.js";
import { isResponse, made, Table, type Answers } from "./answers.js";
import { location, Response, turn } from "./place.js";

/** What was asked. */
export interface Call {
  readonly method: string;
  /** A path with its query; of other origins than the page's the whole URL. */
  readonly url: string;
  readonly headers: Headers;
  /** The body: parsed where it is JSON, else its text. */
  readonly body: any;
  /** Of a GraphQL operation. */
  readonly operation?: string | undefined;
  readonly variables?: any;
}

/** How long `settled` waits for what has been asked. */
const PATIENCE_MS = 4_000;
/** So many turns without anything to do: then nothing is. */
const QUIET_TURNS = 3;

export class Server {
  readonly calls: Call[] = [];
  /** The texts that apps have asked in. What the broker makes of several is refused, so that functions see only these. */
  readonly operations = new Set<string>();
  readonly #given: Answers;
  #table = new Table();
  /** Requests that are not answered yet. */
  #flying = new Set<Call>();

  constructor(given: Answers) {
    this.#given = given;
    new Table().add(given);
  }

  /** Nothing has been asked. */
  begin(): void {
    this.calls.length = 0;
    this.operations.clear();
    this.#flying = new Set();
    this.#table = new Table();
    this.#table.add(this.#given);
  }

  add(answers: Answers): void {
    this.#table.add(answers);
  }

  /** Answers one request, unless it is given up before. */
  async ask(request: Request): Promise<Response> {
    const { signal } = request;
    signal.throwIfAborted();
    const flying = this.#flying;
    const call = await callOf(request.clone());
    const operation = operationOf(call);
    if (operation && this.#table.graphql && !this.operations.has(operation.query)) return refused();
    const noted = operation ? { ...call, operation: operation.name, variables: operation.variables } : call;
    this.calls.push(noted);
    flying.add(noted);
    try {
      const left = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
      const response = await Promise.race([this.#answer(request, operation), left]);
      if (!response) throw unanswered(noted);
      return located(response, request.url);
    } finally {
      flying.delete(noted);
    }
  }

  async #answer(request: Request, operation: Operation | undefined): Promise<Response | undefined> {
    const answer = await this.#table.answer(request);
    const { graphql } = this.#table;
    if (answer || !operation || !graphql) return answer;
    try {
      const data = await graphql(operation.query, operation.variables ?? {}, { name: operation.name, request });
      return made(isResponse(data) ? data : { data });
    } catch (error) {
      return made({ errors: [{ message: (error as Error)?.message ?? String(error) }] });
    }
  }

  /** Until nothing is in flight, and nobody waits. */
  async settled(isWaiting: () => boolean | undefined): Promise<void> {
    const since = performance.now();
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await turn();
      if (!this.#flying.size && !isWaiting()) continue;
      quiet = -1;
      if (performance.now() - since < PATIENCE_MS) continue;
      const names = [...this.#flying].map(({ method, url }) => `${method} ${url}`);
      throw new ForebayError("deadline", `Not settled after ${PATIENCE_MS / 1000} s: ${names.length ? `nothing has answered ${names.join(", ")}` : "somebody waits for something else than an answer"}.`);
    }
  }
}

interface Operation {
  readonly query: string;
  readonly variables?: unknown;
  readonly name: string | undefined;
}

/** A GraphQL operation, if it is one. */
function operationOf({ method, body }: Call): Operation | undefined {
  if (method !== "POST" || typeof body?.query !== "string") return;
  return { query: body.query, variables: body.variables, name: body.operationName ?? /\b(?:query|mutation)\s+(\w+)/.exec(body.query)?.[1] };
}

async function callOf(request: Request): Promise<Call> {
  const { method, url, headers } = request;
  const text = /^(GET|HEAD)$/.test(method) ? "" : await request.text();
  let body: unknown = text || undefined;
  try {
    if (/json/.test(headers.get("content-type") ?? "")) body = JSON.parse(text);
  } catch {
    // The text itself is shown.
  }
  const { origin } = location;
  return { method, url: url.startsWith(origin + "/") ? url.slice(origin.length) : url, headers, body };
}

/** What is not in the table fails, and says so. */
const unanswered = ({ method, url, operation }: Call) =>
  new ForebayError(
    "network",
    `The test answers nothing to ${method} ${url}${operation ? ` (${operation})` : ""}. Add ${operation ? "`graphql: (query, variables) => …`" : `"${method === "GET" || method === "HEAD" ? "" : `${method} `}${url.split("?")[0]}": …`} to testing({ … }) or server.answer({ … }).`,
    { retryable: false },
  );

/** What a server says to an operation that it does not take: each app sends its own then. */
const refused = () => new Response(JSON.stringify({ errors: [{ message: "The test answers each operation by itself." }] }), { status: 400, headers: { "content-type": "application/json" } });

/** What came from a network has an address. */
const located = (response: Response, url: string) => (response.url ? response : Object.defineProperty(response, "url", { value: url }));
