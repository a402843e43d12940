/** What is a GraphQL answer, and what callers are made of it: the same whoever has sent their operation. */
import { parse } from "../../src/browser/parse.js";
import type { JsonOptions, QueryOptions, QueryResponse } from "./api.js";
import { bodyOf, ForebayError } from "./error.js";
import { told } from "./told.js";

/** An answer as parsed, and what came beside it. What servers send is not always what they should. */
export interface Answered extends QueryResponse {
  readonly data?: any; // of whatever shape the operation asks for
  readonly errors?: unknown;
  /** What the server said, unread, where it is this operation's alone. */
  readonly response?: () => Response;
}

/** An error of GraphQL, in the form that it should have. */
export interface Problem {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: unknown;
}

/** An answer's errors; `undefined`: there are none. Servers also send empty lists and objects, texts, and errors without a message. */
export function errorsOf({ errors }: Answered): readonly Problem[] | undefined {
  if (!Object.keys(Object(errors))[0]) return;
  return (Array.isArray(errors) ? errors : [errors]).map((error) =>
    typeof error?.message === "string" ? error : Object.freeze({ ...(Object(error) === error && error), message: typeof error === "string" ? error : "The server says no more of this error." }),
  );
}

/** The answer that a response brings, by its parsed body (any JSON; `undefined`: it is none). Throws what there is in the place of one. */
export function answerIn({ ok, url, status }: Response, value: any, headers: Headers, response: () => Response): Answered {
  // Who says in the body how it went says more than the status.
  if (value && (errorsOf(value) || (Object.hasOwn(value, "data") && (ok || value.data !== null)))) return { ...value, headers, response };
  if (!ok) throw new ForebayError("http-status", `${url}: ${status}`, { status, head: response(), body: value });
  throw new ForebayError("not-json", `${url}: not ${value === undefined ? "JSON" : "a GraphQL answer"}`, { head: response() });
}

/** The same of a response that nobody else reads. */
export async function answered(response: Response): Promise<Answered> {
  const text = await response.clone().text().catch((cause) => {
    throw new ForebayError("network", `${response.url}: ${cause}`, { cause, retryable: true, head: response });
  });
  return answerIn(response, bodyOf(() => parse(text)), response.headers, () => response);
}

/** What `query` makes of an answer: its data, or an error that carries both. */
export function dataOf(answer: Answered): any {
  const errors = errorsOf(answer);
  if (!errors) return answer.data;
  const head = answer.response?.();
  throw new ForebayError("graphql", errors[0]!.message, { errors, data: answer.data, ...(head?.ok === false && { head }) });
}

/** The data of an answer, for whom it is. */
export function given(answer: Answered, { onResponse }: QueryOptions): unknown {
  told(onResponse, answer);
  return dataOf(answer);
}

/** The headers that an operation is sent with. */
export function headersFor(given: HeadersInit | undefined): Headers {
  const headers = new Headers(given);
  if (!headers.has("accept")) headers.set("accept", "application/graphql-response+json, application/json;q=0.9");
  return headers;
}

/** An operation as it is posted. */
export function posted(query: string, variables: unknown, { headers, operationName, credentials }: QueryOptions): JsonOptions {
  return { headers: headersFor(headers), json: { query, variables, operationName }, ...(credentials && { credentials }) };
}
