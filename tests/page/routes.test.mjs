// What routes start before anybody asks: joined by whoever asks then, counted, held back, and harmless where it is wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSchema, execute, parse, validate } from "graphql";
import { inEachBrowser, until } from "./harness.mjs";

const schema = buildSchema("type User { id: ID! name: String! } type Patient { id: ID! name: String! dob: String! } type Query { viewer: User patient(id: ID!): Patient }");
const rootValue = { viewer: { id: "u1", name: "Ada" }, patient: ({ id }) => ({ id, name: `Patient ${id}`, dob: "1970-01-01" }) };
const answer = async ({ body }) => {
  const { query, variables } = JSON.parse(body);
  const errors = validate(schema, parse(query));
  const json = errors.length ? { errors } : await execute({ schema, document: parse(query), variableValues: variables, rootValue });
  return { json, delay: 100, status: errors.length ? 400 : 200 };
};

const PATIENT = "query P($id: ID!) { patient(id: $id) { id name dob } }";
const ROUTES = { "/patients/:id": [{ query: PATIENT, variables: { id: { param: "id" } } }, { query: "{ viewer { id name } }" }, { url: "/api/notes/:id" }] };
const FRESH = { "cache-control": "max-age=60" };

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  let tab;
  const run = async (routes, inside, ...more) => {
    server.on("/graphql", answer);
    tab = await world.open();
    await tab.evaluate(async (routes) => {
      globalThis.forebay = await import("/pkg/index.js");
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      [globalThis.a, globalThis.b] = ["a", "b"].map((app) => forebay.connect({ app }));
      forebay.configure({ manifest: { routes }, rules: [{ match: "/graphql", ttl: 60 }] });
      await forebay.ready();
      globalThis.outcomes = [];
      a.on("answer", ({ app, outcome }) => outcomes.push(`${app} ${outcome}`));
    }, routes);
    return tab.evaluate(inside, ...more);
  };

  test("a route's queries travel in one operation, and whoever asks for as much or less is given them", async () => {
    server.on("/api/notes/a%20b", { json: ["note"], headers: FRESH, delay: 100 });
    const got = await run(ROUTES, async () => {
      a.route("/patients/a%20b");
      await sleep(50);
      const [{ patient }, { me }, notes] = await Promise.all([b.query("query Q($pid: ID!) { patient(id: $pid) { name } }", { pid: "a b" }), a.query("{ me: viewer { name } }"), b.json("/api/notes/a%20b")]);
      return { patient, me, notes, outcomes: outcomes.sort(), routes: a.report().routes };
    });
    assert.deepEqual(got, {
      patient: { name: "Patient a b" }, me: { name: "Ada" }, notes: ["note"],
      outcomes: ["a joined-prefetch", "b joined-prefetch", "b joined-prefetch"], routes: { started: 2, used: 2, unused: 0, withheld: 0 },
    });
    assert.equal(server.hits("/graphql"), 1);
    assert.equal(server.hits("/api/notes/a%20b"), 1);
  });

  test("what nobody asked for is counted, and what is there already is not started", async () => {
    server.on("/api/*", { json: 1, headers: FRESH });
    const routes = { "/old": [{ url: "/api/old" }, { url: "/api/both" }], "/new": [{ url: "/api/both" }, { url: "/api/new" }] };
    const got = await run(routes, async () => {
      const seen = [];
      const told = () => seen.push(Object.values(a.report().routes).join());
      told();
      await b.json("/api/old");
      a.route("/old");
      await sleep(100);
      told();
      a.route("/new");
      a.route("/elsewhere");
      await sleep(100);
      told();
      await b.json("/api/./new");
      await b.json("/api/both");
      told();
      return seen;
    });
    assert.deepEqual(got, ["0,0,0,0", "1,0,1,0", "2,0,2,0", "2,2,0,0"]);
    for (const name of ["old", "both", "new"]) assert.equal(server.hits(`/api/${name}`), 1, name);
  });

  test("who saves data, or has a slow line, is spared; and few are sent at once", async () => {
    server.on("/api/*", { json: 1, headers: FRESH, delay: 400 });
    const routes = { "/many": Array.from({ length: 6 }, (_, n) => ({ url: `/api/${n}` })) };
    const got = await run(routes, async () => {
      let connection = { saveData: true };
      Object.defineProperty(navigator, "connection", { configurable: true, get: () => connection });
      a.route("/many");
      await sleep(20);
      connection = { effectiveType: "slow-2g", saveData: false };
      a.route("/many");
      await sleep(50);
      const spared = a.report().routes;
      connection = { effectiveType: "4g", saveData: false };
      a.route("/many");
      await sleep(100);
      const first = a.report().routes.started;
      const asked = b.json("/api/5"); // no longer in the background: it does not wait for its turn
      await sleep(50);
      const lifted = a.report().routes;
      await asked;
      return { spared, first, lifted };
    });
    assert.deepEqual(got.spared, { started: 0, used: 0, unused: 0, withheld: 12 });
    assert.equal(got.first, 4);
    assert.equal(got.lifted.started, 5);
    assert.equal(server.hits("/api/5"), 1);
  });

  test("an old or wrong manifest costs nobody an answer", async () => {
    server.on("/api/gone", { status: 404, json: "gone" });
    server.on("/api/here", { json: "here", headers: FRESH });
    const routes = [
      { "/a/:id": [
        { query: "query Old($id: ID!) { patient(id: $id) { id name shoeSize } }", variables: { id: { param: "id" } } }, // a field that is no more
        { query: "query Other($id: ID!) { patient(id: $id) { id } }", variables: { id: { param: "pid" } } }, // there is no such parameter
        { query: PATIENT, variables: { wrong: { param: "id" } } }, { query: "{ not a document" },
        { url: "/api/gone" }, { url: "http://[" }, { url: "/api/here", method: "POST" }, { url: ["/api/", { query: "none" }] },
      ] },
      { "/a/:id": [{ query: "{ viewer { id name } }" }] }, { nonsense: 7 }, 3,
    ];
    const got = await run(routes, async () => {
      a.route("/a/7");
      a.route("/a/%");
      a.route("not a path");
      await sleep(30);
      const [{ patient }, { viewer }, gone, here] = await Promise.all([
        a.query("query P($id: ID!) { patient(id: $id) { name } }", { id: "7" }), b.query("{ viewer { name } }"),
        b.fetch("/api/gone").then(({ status }) => status), a.json("/api/here"),
      ]);
      const again = (await b.query("query P($id: ID!) { patient(id: $id) { dob } }", { id: "7" })).patient;
      return { patient, viewer, gone, here, again, mode: a.report().mode };
    });
    assert.deepEqual(got, { patient: { name: "Patient 7" }, viewer: { name: "Ada" }, gone: 404, here: "here", again: { dob: "1970-01-01" }, mode: "shared" });
    for (const words of [/manifest\.routes\.nonsense: /, /manifest\.routes must be an object/]) assert.ok(tab.warnings.some((line) => words.test(line)), String(words));
    assert.ok(!server.requests("/api/here").some(({ method }) => method === "POST"));
  });

  for (const through of ["navigation", "history"]) {
    test(`a page that follows tells each route once, through the ${through}`, async () => {
      const tab = await world.open("/blank.html?first");
      const told = await tab.evaluate(async (through) => {
        if (through === "history") Object.defineProperty(globalThis, "navigation", { value: undefined });
        else if (!globalThis.navigation) return null;
        const { follow } = await import("/pkg/routes.js");
        const told = [];
        const push = history.pushState;
        const end = follow({ route: (path) => told.push(path) });
        history.pushState(null, "", "/patients/7?tab=notes");
        history.pushState(null, "", "#part");
        history.replaceState({ n: 1 }, "");
        history.replaceState(null, "", "/patients/8");
        const back = new Promise((done) => addEventListener("popstate", done, { once: true }));
        history.back();
        await back;
        end();
        history.pushState(null, "", "/after");
        return { told, restored: history.pushState === push };
      }, through);
      if (told) assert.deepEqual(told, { told: ["/blank.html?first", "/patients/7?tab=notes", "/patients/8", "/patients/7?tab=notes"], restored: true });
      else assert.equal(world.engine, "firefox");
      await until(() => tab.errors.length === 0, "nothing is wrong");
    });
  }
});
