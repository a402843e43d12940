/** What a test's server answers: a table by method and path, and what GraphQL operations are given. */
import { ForebayError } from "../error.js";
import { absolute, Response } from "./place.js";

/** What a function that answers is told beside the request. */
export interface Asked {
  /** Of the path: `/api/visits/:id` has `params.id`. */
  readonly params: Readonly<Record<string, string>>;
  /** Behind the question mark. */
  readonly query: URLSearchParams;
}

/** A value, answered as JSON; a `Response`; an `Error`, with which the exchange fails; or a function that gives one of these. */
export type Answer = AnswerFunction | object | string | number | boolean | null | undefined;

/** Answers a request now or later. */
export type AnswerFunction = (request: Request, asked: Asked) => unknown;

/** Answers a GraphQL operation: its data; a `Response`; or what it throws, as the answer's `errors`. */
export type GraphQLAnswer = (query: string, variables: any, operation: { readonly name: string | undefined; readonly request: Request }) => unknown;

/**
 * `"/api/visits"`, `"POST /api/visits"`, `"/api/visits/:id"`, `"/api/files/*"`, `"https://other.example/api/visits"` → the answer.
 * A path with a question mark is only that query; one without is any. What was said last goes first. `graphql` answers operations.
 */
export interface Answers {
  [request: string]: Answer;
  graphql?: GraphQLAnswer;
}

interface Row {
  readonly method: string;
  readonly pattern: RegExp;
  readonly hasQuery: boolean;
  readonly answer: Answer;
}

export class Table {
  /** The last goes first. */
  readonly #rows: Row[] = [];
  graphql: GraphQLAnswer | undefined;

  add(answers: Answers): void {
    for (const [name, answer] of Object.entries(answers)) {
      if (name === "graphql") {
        if (typeof answer !== "function") throw new ForebayError("invalid-option", "graphql must be a function: (query, variables) => data.");
        this.graphql = answer as GraphQLAnswer;
      } else this.#rows.unshift(rowOf(name, answer));
    }
  }

  /** The answer to a request; `undefined`: there is none. */
  async answer(request: Request): Promise<Response | undefined> {
    const url = new URL(request.url);
    const method = request.method === "HEAD" ? "GET" : request.method;
    for (const row of this.#rows) {
      const found = row.method === method && row.pattern.exec(url.origin + url.pathname + (row.hasQuery ? url.search : ""));
      if (found) return made(await valueOf(row.answer, request, { params: decoded(found.groups), query: url.searchParams }));
    }
    return;
  }

  names(): string[] {
    return this.#rows.map(({ method, pattern }) => `${method} ${pattern.source}`);
  }
}

function rowOf(name: string, answer: Answer): Row {
  const [, method = "GET", place] = /^(?:([A-Za-z]+) +)?(\S+)$/.exec(name) ?? [];
  if (!place || !/^(https?:\/)?\//.test(place)) throw new ForebayError("invalid-option", `"${name}" is no request: write "/path", "METHOD /path", or a whole URL.`);
  const [path, ...query] = place.split("?");
  const whole = absolute(path!.replaceAll("*", "%2A")).href.replaceAll("%2A", "*") + (query.length ? `?${query.join("?")}` : "");
  const pattern = whole.replace(/[.+^${}()|[\]\\?]/g, "\\$&").replaceAll("*", ".*").replace(/\/:(\w+)/g, "/(?<$1>[^/]+)");
  return { method: method.toUpperCase(), pattern: new RegExp(`^${pattern}$`), hasQuery: query.length > 0, answer };
}

const decoded = (groups: Record<string, string> = {}) => Object.fromEntries(Object.entries(groups).map(([name, text]) => [name, decodeURIComponent(text)]));

const valueOf = (answer: Answer, request: Request, asked: Asked) => (typeof answer === "function" ? (answer as AnswerFunction)(request, asked) : answer);

/** A response of whatever realm. */
export const isResponse = (value: any): value is Response => typeof value?.clone === "function" && typeof value.status === "number" && !!value.headers?.get;

/** A value becomes JSON; what is undefined an answer without content; a failure breaks the exchange off. */
export function made(value: unknown): Response {
  if (isResponse(value)) return value.clone();
  if (Object.prototype.toString.call(value) === "[object Error]") throw value;
  if (value === undefined) return new Response(null, { status: 204 });
  return new Response(JSON.stringify(value), { headers: { "content-type": "application/json" } });
}
