// Automatic Persisted Queries, against servers over HTTP: GraphQL Yoga with its plugin, and one that does as it is told.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { useAPQ } from "@graphql-yoga/plugin-apq";
import { createSchema, createYoga } from "graphql-yoga";
import { exchange } from "./client.mjs";

const servers = [];
after(() => servers.forEach((server) => server.close().closeAllConnections()));

/** A server with a list of what it was asked. */
async function serve(handler) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    const { searchParams } = new URL(request.url, "http://server");
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks)) : undefined;
    requests.push({ method: request.method, path: request.url, params: Object.fromEntries(searchParams), headers: request.headers, body });
    await handler(request, response, requests.at(-1), Buffer.concat(chunks));
  });
  servers.push(server);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/graphql`, requests, methods: () => requests.map(({ method }) => method).join(" ") };
}

const serveYoga = (options) => {
  const yoga = createYoga({
    logging: false, plugins: [useAPQ(options)],
    schema: createSchema({
      typeDefs: "type Query { echo(text: String): String long(size: Int!): String }",
      resolvers: { Query: { echo: (_, { text }) => text, long: (_, { size }) => "x".repeat(size) } },
    }),
  });
  return serve(async (request, response, _seen, body) => {
    const { method, headers } = request;
    const answer = await yoga.fetch(`http://127.0.0.1${request.url}`, { method, headers, body: method === "POST" ? body : undefined });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
};

const serveTold = (tell) => serve((_request, response, seen) => {
  const { status = 200, headers, json, text = JSON.stringify(json) } = tell(seen);
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
});

const init = (body, more) => ({ method: "POST", headers: { "Content-Type": "application/json", "x-own": "kept" }, body: JSON.stringify(body), ...more });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const ECHO = "query Echo($text: String) { echo(text: $text) }";

for (const forceStatusCodeOk of [false, true]) {
  test(`Yoga: the hash first, the query once, then the hash alone (refusals ${forceStatusCodeOk ? "with 200" : "with 404"})`, async () => {
    const server = await serveYoga({ responseConfig: { forceStatusCodeOk } });
    for (const text of ["one", "two & = ? # % ü 😀 +"]) {
      const response = await exchange(`${server.url}?tenant=a%20b`, init({ query: ECHO, variables: { text }, operationName: "Echo" }));
      assert.equal(response.bodyUsed, false);
      assert.deepEqual(await response.json(), { data: { echo: text } });
    }
    assert.equal(server.methods(), "GET POST GET");
    const [get, post] = server.requests;
    const persistedQuery = { version: 1, sha256Hash: sha256(ECHO) };
    assert.match(get.path, /^\/graphql\?tenant=a%20b&operationName=Echo&variables=%7B%22text%22%3A%22one%22%7D&extensions=%7B/);
    assert.deepEqual(JSON.parse(get.params.extensions), { persistedQuery });
    assert.equal(get.params.query, undefined);
    assert.equal(get.headers["content-type"], undefined);
    assert.equal(get.headers["apollo-require-preflight"], "true");
    assert.equal(get.headers["x-own"], "kept");
    assert.equal(get.headers.accept, "application/graphql-response+json, application/json");
    assert.deepEqual(post.body, { query: ECHO, variables: { text: "one" }, operationName: "Echo", extensions: { persistedQuery } });
    assert.equal(post.headers["content-type"], "application/json");
    assert.equal(post.path, "/graphql?tenant=a%20b");
  });
}

test("Yoga: a query without variables and name, a large answer, and errors of the query itself", async () => {
  const server = await serveYoga();
  for (const _ of [1, 2]) {
    const response = await exchange(server.url, init({ query: "{ long(size: 100000) }" }));
    assert.equal((await response.json()).data.long.length, 100_000);
  }
  const response = await exchange(server.url, init({ query: "{ nothing }" }));
  assert.match((await response.json()).errors[0].message, /Cannot query field/);
  assert.equal(server.methods(), "GET POST GET GET POST");
  assert.deepEqual(Object.keys(server.requests[0].params), ["extensions"]);
});

test("a URL that would be too long is not sent: the hash goes by POST, then the query with it", async () => {
  const server = await serveYoga();
  const text = "x".repeat(2_000);
  for (const _ of [1, 2]) {
    const response = await exchange(server.url, init({ query: ECHO, variables: { text } }));
    assert.deepEqual(await response.json(), { data: { echo: text } });
  }
  assert.equal(server.methods(), "POST POST POST");
  assert.deepEqual(server.requests.map(({ body }) => [body.query, body.extensions.persistedQuery.sha256Hash]), [[undefined, sha256(ECHO)], [ECHO, sha256(ECHO)], [undefined, sha256(ECHO)]]);
});

test("the longest URL is 2,000 characters", async () => {
  const server = await serveTold(() => ({ json: { data: {} } }));
  const bare = (await exchange(server.url, init({ query: ECHO, operationName: "E" }))) && server.requests[0].path.length + new URL(server.url).origin.length;
  await exchange(server.url, init({ query: ECHO, operationName: "E".repeat(2_001 - bare) }));
  await exchange(server.url, init({ query: ECHO, operationName: "E".repeat(2_002 - bare) }));
  assert.equal(server.methods(), "GET GET POST");
});

for (const error of [{ message: "PersistedQueryNotSupported" }, { message: "no", extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" } }]) {
  test(`a server that does not do this is asked once: ${JSON.stringify(error)}`, async () => {
    const server = await serveTold(({ method }) => ({ json: method === "GET" ? { errors: [{ message: "other" }, error] } : { data: { a: 1 } } }));
    const asked = { query: "{ a }", variables: { b: 1 } };
    for (const _ of [1, 2]) assert.deepEqual(await (await exchange(server.url, init(asked))).json(), { data: { a: 1 } });
    assert.equal(server.methods(), "GET POST POST");
    for (const { body, headers } of server.requests.slice(1)) {
      assert.deepEqual(body, asked);
      assert.equal(headers["apollo-require-preflight"], undefined);
    }
    await exchange(`${server.url}/other`, init(asked));
    assert.equal(server.requests.at(-2).method, "GET");
  });
}

test("a refusal by code, long with its stack, without a length, and in pieces is understood", async () => {
  const error = { message: "no", extensions: { stacktrace: ["é".repeat(1_500)], code: "PERSISTED_QUERY_NOT_FOUND" } };
  const bytes = new TextEncoder().encode(JSON.stringify({ errors: [error] }, null, 2));
  const asked = [];
  const response = await exchange("http://server/a", init({ query: "{ a }" }), async (_url, { method }) => {
    asked.push(method);
    return method === "POST" ? Response.json({ data: 1 }) : new Response(new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
        controller.close();
      },
    }));
  });
  assert.deepEqual([asked, await response.json()], [["GET", "POST"], { data: 1 }]);
});

test("of a long answer only the head is read before it is given out, and of one that says its length nothing", async () => {
  for (const [headers, most] of [[{}, 8], [{ "content-length": "1024000" }, 1]]) {
    let pulled = 0;
    const answer = new Response(new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1_024).fill(120));
        if (pulled === 1_000) controller.close();
      },
    }), { headers });
    const response = await exchange("http://server/b", init({ query: "{ a }" }), async () => answer);
    assert.ok(pulled <= most, `${pulled} pieces`);
    assert.equal(response, answer);
    assert.equal((await response.text()).length, 1_024_000);
  }
});

test("answers that are no refusals are given out as they came: no JSON, none at all, another status", async () => {
  const answers = [{ text: "<html>", status: 502 }, { text: "", status: 200 }, { text: "", status: 204 }, { json: null }, { json: { errors: "x" } }, { json: { errors: [{ message: "PersistedQueryNotFound it says" }] } }];
  for (const answer of answers) {
    const server = await serveTold(() => answer);
    const response = await exchange(server.url, init({ query: "{ a }" }));
    assert.equal(await response.text(), answer.text ?? JSON.stringify(answer.json));
    assert.equal(server.methods(), "GET");
  }
});

test("signal, credentials and priority go along; an accept of one's own stays; other extensions too", async () => {
  const asked = [];
  const fetchIt = async (url, init) => (asked.push([url, init]), Response.json({ errors: [{ message: "PersistedQueryNotFound" }] }));
  const { signal } = new AbortController();
  const headers = [["accept", "application/json"], ["content-type", "application/json"]];
  await exchange("http://server/c#d?e", init({ query: "{ a }", extensions: { mine: 1 } }, { signal, credentials: "include", priority: "low", headers }), fetchIt);
  assert.equal(asked.length, 2);
  for (const [url, sent] of asked) {
    assert.deepEqual([sent.signal, sent.credentials, sent.priority, sent.headers.get("accept")], [signal, "include", "low", "application/json"]);
    const extensions = sent.method === "GET" ? JSON.parse(new URL(url).searchParams.get("extensions")) : JSON.parse(sent.body).extensions;
    assert.deepEqual(extensions, { mine: 1, persistedQuery: { version: 1, sha256Hash: sha256("{ a }") } });
  }
  assert.match(asked[0][0], /^http:\/\/server\/c\?extensions=/);
});

test("an abort rejects, and the failure is fetch's own", async () => {
  const server = await serveTold(() => ({ json: {} }));
  await assert.rejects(exchange(server.url, init({ query: "{ a }" }, { signal: AbortSignal.abort() })), { name: "AbortError" });
});

test("without a secure context the query is sent plainly", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    const given = init({ query: "{ a }" });
    const asked = [];
    await exchange("http://server/f", given, async (...all) => (asked.push(all), Response.json({})));
    assert.deepEqual(asked, [["http://server/f", given]]);
  } finally {
    Object.defineProperty(globalThis, "crypto", own);
  }
});
