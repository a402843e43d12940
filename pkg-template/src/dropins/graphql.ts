/** A `fetch` for GraphQL clients: their queries are recognised, shared, and answered from what others have asked. */
import type { Forebay, QueryResponse } from "../api.js";

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
 * sent twice here. What is no query goes through {@link Forebay.fetch}, mutations through {@link Forebay.mutate}.
 */
export function graphqlFetch(app: Forebay): typeof fetch {
  return async (input, init = {}) => {
    const operation = operationOf(init);
    const kind = operation && !asksMore(init) && kindOf(operation);
    if (!kind) return app.fetch(input as RequestInfo, init);
    let came: QueryResponse = {};
    const onResponse = (response: QueryResponse) => void (came = response);
    const options = { onResponse, endpoint: String(input), retries: 0, ...pick(init), ...(operation.operationName && { operationName: operation.operationName }) };
    try {
      // Which of its mutations wait for others is the client's own affair.
      const data = await app[kind](operation.query!, operation.variables ?? undefined, kind === "mutate" ? { ...options, order: false } : options);
      return answer({ data, extensions: came.extensions }, came.headers);
    } catch (error: any) {
      if (error?.code === "graphql") return answer({ data: error.data, errors: error.errors, extensions: came.extensions }, error.head?.headers ?? came.headers, error.head?.status);
      // A gateway's failure: the client says it in its own words.
      if (error?.code === "http-status") return error.head?.bodyUsed === false ? error.head : new Response(null, { status: error.status });
      throw error;
    }
  };
}

/** What a client's own `fetchOptions` ask for beside the operation is for the network, as it is: `keepalive`, `mode`, `cache`, … */
const asksMore = ({ method: _, headers, body, signal, credentials, duplex, ...others }: RequestInit & { duplex?: unknown }) => Object.values(others).some((value) => !/^(default|follow|cors|about:client|auto|false|null|undefined|)$/.test(String(value)));

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
function pick({ headers: given, signal, credentials }: RequestInit) {
  const headers = new Headers(given);
  for (const name of ["accept", "content-type"]) headers.delete(name);
  return { headers, ...(signal && { signal }), ...(credentials && { credentials }) };
}

/** What the server's said, but for the length and the packing of a body that is not this one. */
function answer(body: object, given?: Headers, status = 200): Response {
  const headers = new Headers(given);
  for (const name of ["content-length", "content-encoding"]) headers.delete(name);
  if (!given) headers.set("content-type", "application/graphql-response+json; charset=utf-8");
  return Response.json(body, { status, headers });
}
