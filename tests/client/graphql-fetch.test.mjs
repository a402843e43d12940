// What a posted body is taken for by the fetch that GraphQL clients are given.
import assert from "node:assert/strict";
import { test } from "node:test";
import { graphqlFetch } from "./client.mjs";

/** How it went: by which call of an app, and with what. */
async function way(body, init = {}) {
  const calls = [];
  const call = (name) => async (...args) => (calls.push([name, ...args]), { a: 1 });
  const fetchIt = graphqlFetch({ fetch: call("fetch"), query: call("query"), mutate: call("mutate") });
  await fetchIt("/graphql", { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), ...init });
  assert.equal(calls.length, 1);
  return calls[0];
}
const kind = async (query, more = {}) => (await way({ query, ...more }))[0];

test("queries and mutations are told apart, whatever stands around and inside them", async () => {
  for (const query of [
    "{ a }", "query { a }", "query Q($x: In = { a: [1, { b: 2 }] }) @live { a }", "fragment F on T { mutation } query Q { ...F }", "query Q { ...F } fragment F on T { subscription { a } }",
    "# mutation M { a }\n{ a }", '{ a(text: "} mutation M { b }") }', '{ a(text: """ } mutation { b } \\""" """) }', "query mutation { a }", ", query Q { query: mutation { fragment } }",
  ]) assert.equal(await kind(query), "query", query);
  for (const query of ["mutation { a }", "mutation M($x: I = {a: 1}) { query(x: $x) { a } }", "fragment F on T { a } mutation M { ...F }"]) assert.equal(await kind(query), "mutate", query);
});

test("of several operations it is the named one's kind", async () => {
  const query = "query A { a } mutation B { b } subscription C { c }";
  assert.equal(await kind(query, { operationName: "A" }), "query");
  assert.equal(await kind(query, { operationName: "B" }), "mutate");
  for (const operationName of ["C", "D", undefined]) assert.equal(await kind(query, { operationName }), "fetch");
});

test("what is no plain operation goes as it is", async () => {
  for (const query of ["subscription { a }", "query { a @defer { b } }", "{ list @stream { a } }", "query", "shoes", "", "fragment F on T { a }"]) assert.equal(await kind(query), "fetch", query);
  for (const more of [{ extensions: { persistedQuery: { version: 1 } } }, { page: 2 }, { variables: "x" }, { id: "doc" }]) assert.equal(await kind("{ a }", more), "fetch", JSON.stringify(more));
  for (const body of ["[]", "null", "no json", '"x"']) assert.equal((await way(body))[0], "fetch", body);
  assert.equal((await way({ query: "{ a }" }, { method: "PUT" }))[0], "fetch");
  assert.equal((await way({ query: "{ a }" }, { body: new Blob(["{}"]) }))[0], "fetch");
});

test("headers, signal and credentials go with it; what the client accepts beside GraphQL does not; nothing is tried again", async () => {
  const { signal } = new AbortController();
  const [name, query, variables, { headers, ...options }] = await way(
    { query: "query Q($a: Int) { a }", variables: { a: 1 }, operationName: "Q", extensions: { clientLibrary: { name: "x" } } },
    { headers: { authorization: "Bearer x", accept: "text/event-stream", "content-type": "application/json" }, signal, credentials: "include" },
  );
  assert.deepEqual([name, query, variables, [...headers]], ["query", "query Q($a: Int) { a }", { a: 1 }, [["authorization", "Bearer x"]]]);
  const { onResponse, ...rest } = options;
  assert.equal(typeof onResponse, "function");
  assert.deepEqual(rest, { endpoint: "/graphql", retries: 0, signal, credentials: "include", operationName: "Q" });
});

test("what a client has fetch do beside the operation is for the network, as it is; fetch's own defaults ask for nothing", async () => {
  for (const more of [{ keepalive: true }, { mode: "same-origin" }, { cache: "no-store" }, { redirect: "error" }, { referrerPolicy: "no-referrer" }, { integrity: "sha256-x" }, { priority: "high" }, { tomorrow: 1 }]) {
    const [name, input, init] = await way({ query: "{ a }" }, more);
    assert.deepEqual([name, input, Object.entries(more).every(([member, value]) => init[member] === value)], ["fetch", "/graphql", true], JSON.stringify(more));
  }
  const defaults = { cache: "default", redirect: "follow", mode: "cors", referrer: "about:client", referrerPolicy: "", integrity: "", keepalive: false, priority: "auto", window: null, duplex: "half" };
  assert.equal((await way({ query: "{ a }" }, defaults))[0], "query");
});
