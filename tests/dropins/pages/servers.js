// What Apollo's, urql's and Forebay's own users see of answers, over the browser's fetch or over Forebay: who tests compares.
import { ApolloClient, HttpLink, InMemoryCache, gql as apolloGql } from "@apollo/client/core";
import { Client, cacheExchange, fetchExchange, gql as urqlGql } from "@urql/core";
import { forebayLink } from "forebay/apollo";
import { forebayExchange } from "forebay/urql";

const QUERY = "query Q { a b { c } }";
const MUTATION = "mutation M { a b { c } }";

/** Of its own for every call: nothing is shared or remembered but what one call does. Or one for all: then they share it. */
let number = 0;
let areTogether = false;
const endpoint = (row) => `/s/${row}?${(number += +!areTogether)}`;

const apolloOver = (app, uri) => new ApolloClient({ link: app ? forebayLink(app, { uri }) : new HttpLink({ uri }), cache: new InMemoryCache() });
// What is too deep for its cache urql's user never hears of.
const urqlOver = (app, row) => new Client({ url: endpoint(row), preferGetMethod: false, exchanges: [...(deep.includes(row) ? [] : [cacheExchange]), ...(app ? [forebayExchange(app)] : []), fetchExchange] });

/** What their users can ask for: reads, then writes. */
const READS = {
  ...Object.fromEntries([["none"], ["all"], ["ignore"], ["all", "no-cache"]].map(([errorPolicy, fetchPolicy]) => [
    `Apollo, errorPolicy ${errorPolicy}${fetchPolicy ? ", " + fetchPolicy : ""}`,
    (app, row) => apolloOver(app, endpoint(row)).query({ query: apolloGql(QUERY), errorPolicy, ...(fetchPolicy && { fetchPolicy }) }),
  ])),
  urql: (app, row) => urqlOver(app, row).query(urqlGql(QUERY), {}).toPromise(),
};
const WRITES = {
  "Apollo, mutation": (app, row) => apolloOver(app, endpoint(row)).mutate({ mutation: apolloGql(MUTATION) }),
  "urql, mutation": (app, row) => urqlOver(app, row).mutation(urqlGql(MUTATION), {}).toPromise(),
};

/** Plain Forebay. */
const asked = (method, document) => async (app, row) => {
  let beside;
  const told = (response) => (beside = { extensions: response.extensions, trace: response.headers?.get("x-trace") });
  const outcome = await app[method](document, {}, { endpoint: endpoint(row), retries: 0, onResponse: told }).then((data) => ({ data }), failure);
  return { ...outcome, beside };
};
const PLAIN_READS = { query: asked("query", QUERY) };
const PLAIN_WRITES = {
  mutate: asked("mutate", MUTATION),
  // Beside them, since nobody who watches is told before the broker is there, or what stands in its place.
  watch: (app, row) => new Promise((done) => {
    const watch = app.watch({ query: QUERY, endpoint: endpoint(row), retries: 0 }, ({ data, error }) => {
      watch.stop();
      done(error ? failure(error) : { data });
    });
  }),
};
const failure = ({ name, code, message, status, body, errors, data, head }) => ({
  name, code, message: code === "network" ? undefined : message, status, body, errors, data, head: head && { status: head.status, trace: head.headers.get("x-trace"), bodyUsed: head.bodyUsed },
});

/** What takes longer never comes. */
const PATIENCE_MS = 100_000;

/** What every user of these calls sees, by row. So many rows are asked at once. */
async function seenOf(calls, app, rows, atOnce) {
  const found = [];
  for (let first = 0; first < rows; first += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, rows - first) }, async (_, at) => {
      const row = first + at;
      const asked = Object.entries(calls).filter(([name]) => !silent[row]?.includes(name));
      const entries = asked.map(async ([name, call]) => {
        const never = new Promise((over) => setTimeout(over, PATIENCE_MS, { never: true }));
        const outcome = await Promise.race([never, call(app, row).then((value) => ({ value: seen(value) }), (error) => ({ error: seen(error) }))]);
        return [name, JSON.parse(JSON.stringify(outcome).replace(/\?\d+/g, "?n"))];
      });
      found[row] = Object.fromEntries(await Promise.all(entries));
    }));
  }
  return found;
}

/** Begins to ask; `app`: over Forebay. What has come is in `done`, by name. */
export function begin(app, rows, atOnce, names) {
  const calls = { reads: READS, writes: WRITES, plainReads: PLAIN_READS, plainWrites: PLAIN_WRITES };
  for (const name of names) seenOf(calls[name], app, rows, atOnce).then((found) => (done[name] = found));
}
export let done = {};
/** Rows whose answers are deeper than a stack; and, by row, who never hears of them. */
let deep = [];
let silent = {};
export const start = (told) => {
  ({ deep, silent, areTogether } = told);
  done = {};
};

/** Where an engine keeps what it says of its own code; and what holds whole clients. */
const LEFT_OUT = new Set(["stack", "fileName", "lineNumber", "columnNumber", "operation", "sourceError"]);
const LONGEST = 300;
const DEEPEST = 14;

/** Anything, in plain words: values, errors with all that they carry, and responses. */
function seen(value, level = 0) {
  if (typeof value === "string") return value.length > LONGEST ? `${value.slice(0, LONGEST)}… ${value.length}` : value;
  if (typeof value === "function") return "a function";
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return value === null || (typeof value !== "number" && value !== undefined) ? value : String(value);
  if (value instanceof Response) {
    const { status, statusText, ok, type, redirected, url, bodyUsed } = value;
    const headers = [...value.headers].filter(([name]) => !/^(date|keep-alive|connection)$/.test(name));
    return { status, statusText, ok, type, redirected, url: url.slice(location.origin.length), bodyUsed, headers };
  }
  if (level > DEEPEST) return `${depthOf(value)} more levels`;
  if (Array.isArray(value)) return value.map((item) => seen(item, level + 1));
  const told = value instanceof Error || value instanceof DOMException ? { class: value.constructor.name, name: value.name, message: value.message } : {};
  // Errors hide their message, and some their members; what is `__proto__` here is a field.
  const names = value instanceof Error ? Object.getOwnPropertyNames(value) : Object.keys(value);
  for (const name of names) if (!LEFT_OUT.has(name)) told[name === "__proto__" ? "field __proto__" : name] = seen(value[name], level + 1);
  return told;
}

function depthOf(root) {
  let depth = 0;
  const known = new Set();
  for (let level = [root]; level.length; depth += 1) {
    const objects = level.filter((value) => typeof value === "object" && value !== null && !known.has(value));
    for (const object of objects) known.add(object);
    level = objects.flatMap((object) => Object.values(object));
  }
  return depth;
}
