/** A `fetch` for GraphQL clients: their queries are recognised, shared, and answered from what others have asked. */
import type { Answered } from "../answered.js";
import type { Forebay } from "../api.js";

/** What a query posts. Extensions, and lists of operations, are their server's business alone. */
interface Operation {
  query?: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  extensions?: Record<string, unknown>;
}

/**
 * As `fetch`; a posted query is asked for by {@link Forebay.query}. The answer is one of this caller's own, as from the
 * server: data, and errors of GraphQL beside it. Whoever gave this to a client has it try again, or not: nothing is
 * sent twice here, but what was refused in a form that its client does not ask for. What is no query goes through {@link Forebay.fetch}, mutations through {@link Forebay.mutate}.
 */
export function graphqlFetch(app: Forebay): typeof fetch {
  return async (input, init = {}) => {
    const operation = operationOf(init);
    const kind = operation && !asksMore(init) && kindOf(operation);
    if (!kind || (kind === "query" && acceptsMore(init))) return app.fetch(input as RequestInfo, init);
    let came: Answered = {};
    /** What the server said, where it is this operation's own answer: the client reads it as it would without us. */
    let said: Response | undefined;
    const onResponse = (answer: Answered) => {
      came = answer;
      said = answer.response?.();
    };
    const options = { onResponse, endpoint: String(input), retries: 0, ...pick(init, kind), ...(operation.operationName && { operationName: operation.operationName }) };
    try {
      // Which of its mutations wait for others is the client's own affair.
      const data = await app[kind](operation.query!, operation.variables ?? undefined, kind === "mutate" ? { ...options, order: false } : options);
      return said ?? made({ data, errors: came.errors, extensions: came.extensions }, came.headers) ?? app.fetch(input as RequestInfo, init);
    } catch (error: any) {
      said ??= error?.head;
      // Of a query nobody has: it was refused in a form that this client does not ask for, and might be told otherwise.
      if (kind === "query" && said?.ok === false && GRAPHQL.test(said.headers.get("content-type")!) && !GRAPHQL.test(new Headers(init.headers).get("accept")!)) return app.fetch(input as RequestInfo, init);
      if (said) return said;
      if (error?.code === "graphql") return made({ data: error.data, errors: error.errors, extensions: came.extensions }, came.headers) ?? app.fetch(input as RequestInfo, init);
      // In the browser's own words.
      throw error?.code === "network" ? error.cause : error;
    }
  };
}

/** What a client's own `fetchOptions` ask for beside the operation is for the network, as it is: `keepalive`, `mode`, `cache`, … */
const asksMore = ({ method: _, headers, body, signal, credentials, duplex, ...others }: RequestInit & { duplex?: unknown }) => Object.values(others).some((value) => !/^(default|follow|cors|about:client|auto|false|null|undefined|)$/.test(String(value)));

/** Forms of an answer that no client asks for by itself. */
const acceptsMore = ({ headers }: RequestInit) => (new Headers(headers).get("accept") ?? "").split(",").some((type) => !KNOWN.test(type));
const KNOWN = /^\s*(\*\/\*|text\/plain|application\/(graphql(-response)?\+)?json|multipart\/mixed|text\/event-stream|)\s*(;|$)/;

function operationOf({ method, body }: RequestInit): Operation | undefined {
  if (method?.toUpperCase() !== "POST" || typeof body !== "string") return;
  try {
    return JSON.parse(body);
  } catch {
    return;
  }
}

/** Whether it can be shared. Answers in several parts (`@defer`, `@stream`) and lists of operations are for their client and its server. */
function kindOf({ query, extensions, operationName, variables, ...others }: Operation): "query" | "mutate" | undefined {
  const { clientLibrary, ...extended } = extensions ?? {}; // which says who asks, and changes nothing
  if (typeof query !== "string" || typeof (variables ?? {}) !== "object" || !query.includes("{") || /@(defer|stream)\b/.test(query) || Object.keys({ ...others, ...extended })[0]) return;
  const text = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, "");
  // What stands outside of all braces.
  let depth = 0;
  const tops = text.replace(/[{}]|[^{}]+/g, (part) => (part === "{" ? (depth++ ? "" : "{") : part === "}" ? (--depth ? "" : "}") : depth ? "" : part));
  const operations = tops.split("}").map((top) => /^[\s,]*(?:(query|mutation|subscription|fragment)\b\s*(\w*)[^{]*)?{$/.exec(top) ?? []).filter(([whole, kind]) => whole && kind !== "fragment");
  const [one, ...more] = operationName && operations[1] ? operations.filter(([, , name]) => name === operationName) : operations;
  if (!one || more[0] || one[1] === "subscription") return;
  return one[1] === "mutation" ? "mutate" : "query";
}

/** Every client accepts GraphQL's answers in words of its own; what it would take beside them is for what is not shared. */
function pick({ headers: given, signal, credentials }: RequestInit, kind: string) {
  const headers = new Headers(given);
  if (kind === "query") headers.delete("accept");
  headers.delete("content-type");
  return { headers, ...(signal && { signal }), ...(credentials && { credentials }) };
}

/** The type of answers whose status says how the operation went. Those who do not ask for it are told so in plain JSON, by most servers with 200. */
const GRAPHQL = /graphql-response/;

/** An answer as the server would have sent it, but for the length and the packing of a body that is not its; `undefined` if it is too deep to be written. */
function made(body: object, given?: Headers): Response | undefined {
  const headers = new Headers(given);
  for (const name of ["content-length", "content-encoding"]) headers.delete(name);
  if (!given) headers.set("content-type", "application/graphql-response+json; charset=utf-8");
  try {
    return Response.json(body, { headers });
  } catch {
    return;
  }
}
