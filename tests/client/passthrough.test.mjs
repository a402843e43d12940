// What passes through keeps its contracts, here in Node, as component tests and servers use it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "../../pkg-template/node_modules/esbuild/lib/main.js";

const work = mkdtempSync(join(tmpdir(), "forebay-node-"));
const outfile = join(work, "node.mjs");
await esbuild.build({
  entryPoints: [fileURLToPath(new URL("../../pkg-template/src/node.ts", import.meta.url))], define: { FOREBAY_VERSION: '"0"' },
  bundle: true, format: "esm", platform: "node", target: "node20", outfile, tsconfigRaw: {}, logLevel: "warning",
});
const { configure, connect } = await import(pathToFileURL(outfile));

/** How often each URL was asked for, how it answers, and what is on its way. */
let hits;
let version;
const held = new Set();
const seen = [];
const server = createServer(async (request, response) => {
  const path = request.url;
  hits[path] = (hits[path] ?? 0) + 1;
  seen.push(`${request.method} ${path}`);
  held.add(response);
  response.on("close", () => held.delete(response));
  if (path.startsWith("/hang")) return;
  if (request.method !== "GET" && !path.startsWith("/read")) version += 1;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(path.startsWith("/graphql") ? { data: { version } } : { version }));
});
let origin;
before(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  origin = `http://127.0.0.1:${server.address().port}`;
  configure({ graphql: { endpoint: origin + "/graphql" } });
});
beforeEach(() => {
  hits = {};
  version = 1;
  seen.length = 0;
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(work, { recursive: true });
});

const until = async (holds) => {
  while (!holds()) await new Promise((over) => setTimeout(over, 5));
};

/** A watch and what it was told. */
function watching(app, ...what) {
  const told = [];
  const watch = app.watch(...what, ({ data, error }) => told.push(error ?? data.version));
  return { told, ...watch };
}

test("what is watched is read again after a write, an invalidation, `refresh` and `clear`, and no more once it is stopped", async () => {
  const app = connect({ app: "a" });
  const url = origin + "/x";
  const { told, refresh, stop } = watching(app, url);
  await until(() => told.length === 1);
  await app.fetch(url, { method: "POST", body: "…" });
  await until(() => told.length === 2);
  version = 7;
  app.invalidate({ urls: [origin + "/*"] });
  await until(() => told.length === 3);
  app.invalidate({ urls: [origin + "/y"] });
  app.invalidate({ tags: ["whatever"] });
  await until(() => told.length === 4);
  app.clear();
  await until(() => told.length === 5);
  refresh();
  await until(() => told.length === 6);
  assert.deepEqual(told, [1, 2, 7, 7, 7, 7]);
  stop();
  refresh();
  app.clear();
  await app.json(origin + "/read");
  assert.equal(hits["/x"], 7, "one of them is the write");
});

test("a query is read again after a mutation to its endpoint", async () => {
  const app = connect({ app: "a" });
  const { told, stop } = watching(app, { query: "{ version }" });
  await until(() => told.length === 1);
  assert.deepEqual(await app.mutate("mutation { more }"), { version: told[0] + 1 }, "the query was posted, too");
  await until(() => told.length === 2 && told[1] > told[0]);
  // A query that is posted writes nothing.
  await app.query("{ version }");
  await app.json(origin + "/read");
  assert.equal(told.length, 2);
  stop();
});

test("an answer that was asked for before a write is not shown after it", async () => {
  const app = connect({ app: "a" });
  const { told, stop } = watching(app, origin + "/hang/1");
  await until(() => hits["/hang/1"]);
  app.invalidate({ urls: [origin + "/hang/*"] });
  await until(() => hits["/hang/1"] === 2);
  const [first] = held;
  await until(() => !held.has(first) || held.size === 1);
  assert.deepEqual(told, []);
  stop();
  await until(() => held.size === 0);
});

test("deadlines and signals hold, and end the exchange", async () => {
  const app = connect({ app: "a" });
  const hang = origin + "/hang/d";
  const ends = [
    app.json(hang, { forebay: { deadline: 50 } }), app.fetch(hang, { method: "POST", forebay: { deadline: 50 } }), app.query("{ a }", {}, { endpoint: hang, deadline: 50 }),
    app.mutate("mutation { a }", {}, { endpoint: hang, deadline: 50 }), app.mutate("mutation { b }", {}, { endpoint: hang, deadline: 40 }),
  ].map((call) => call.catch(({ code }) => code));
  assert.deepEqual(await Promise.all(ends), Array(5).fill("deadline"));
  const give = new AbortController();
  const given = [app.json(hang, { signal: give.signal }), app.fetch(hang, { signal: give.signal }), app.mutate("mutation { a }", {}, { endpoint: hang, signal: give.signal })];
  give.abort(new Error("enough"));
  assert.deepEqual(await Promise.all(given.map((call) => call.catch(({ message }) => message))), ["enough", "enough", "enough"]);
  const waits = app.json(hang).catch(({ code }) => code);
  app.disconnect();
  assert.equal(await waits, "disconnected");
  await until(() => held.size === 0);
});

test("an app's mutations keep their order, others' and those of another key do not wait", async () => {
  const [a, b] = ["a", "b"].map((app) => connect({ app }));
  const endpoint = origin + "/hang/q";
  const first = a.mutate("mutation { first }", {}, { endpoint, deadline: 500 }).catch(({ code }) => code);
  const behind = a.mutate("mutation { behind }", {}, { endpoint, deadline: 2_000 }).catch(({ code }) => code);
  const beside = [b.mutate("mutation { b }", {}, { endpoint, deadline: 100 }), a.mutate("mutation { c }", {}, { endpoint, order: "c", deadline: 100 }), a.mutate("mutation { d }", {}, { endpoint, order: false, deadline: 100 })];
  beside.forEach((call) => call.catch(() => {}));
  await until(() => hits["/hang/q"] >= 4);
  assert.equal(await first, "deadline");
  await until(() => hits["/hang/q"] >= 5);
  assert.equal(await behind, "deadline");
  await until(() => held.size === 0);
});

test("a listener that throws is reported, and others are told", async () => {
  const app = connect({ app: "a" });
  const { error } = console;
  const reported = [];
  console.error = (what) => reported.push(what.message);
  const bad = app.watch(origin + "/read/t", () => { throw new Error("mine"); });
  const { told, stop } = watching(app, origin + "/read/t");
  await until(() => told.length && reported.length);
  console.error = error;
  assert.deepEqual(reported, ["mine"]);
  bad.stop();
  stop();
});

test("what is not JSON, and what cannot be reached, is an error with a code", async () => {
  const app = connect({ app: "a" });
  assert.equal(await app.json("http://127.0.0.1:1/").catch(({ code }) => code), "network");
  assert.equal(await app.query("{ a }", {}, { endpoint: "http://127.0.0.1:1/" }).catch(({ code }) => code), "network");
  assert.equal(await app.fetch("http://127.0.0.1:1/").catch(({ name }) => name), "TypeError");
});
