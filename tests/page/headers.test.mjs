// What keeps two requests apart by their headers, and the forms that ask for JSON alike: in real pages, counted by the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  /** A page with three apps, the broker there. */
  const page = async () => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      globalThis.forebay = await import("/pkg/index.js");
      globalThis.apps = ["a", "b", "c"].map((app) => forebay.connect({ app }));
      await forebay.ready();
    });
    return tab;
  };
  const open = async (inside, ...args) => (await page()).evaluate(inside, ...args);

  /** A gate for a route, which answers when it is opened. */
  const gathering = () => {
    let open;
    const gate = new Promise((done) => (open = done));
    return { gate, open };
  };

  test("three doors that ask for JSON, one GET", async () => {
    const { gate, open: go } = gathering();
    server.on("/api/list", async () => (await gate, { json: [1], headers: FRESH }));
    const tab = await page();
    const asked = tab.evaluate(async () => {
      const [plain, axios, angular] = apps;
      const json = "application/json, text/plain, */*";
      const all = [plain.fetch("/api/list"), axios.fetch("/api/list", { headers: { accept: json } }), angular.json("/api/list", { headers: { Accept: "application/json" } })];
      const [one, two, three] = await Promise.all(all);
      // As text: an object that occurs twice crosses only once.
      return JSON.stringify([await one.json(), await two.json(), three, await axios.json("/api/list", { headers: { accept: json } }), await plain.json("/api/list")]);
    });
    await until(() => server.hits("/api/list") > 0);
    go();
    assert.deepEqual(JSON.parse(await asked), [[1], [1], [1], [1], [1]]);
    assert.equal(server.hits("/api/list"), 1);
  });

  test("a server that negotiates is never misunderstood", async () => {
    server.on("/api/page", ({ headers: { accept } }) =>
      accept === "*/*" ? { body: "<p>page</p>", headers: { ...FRESH, "content-type": "text/html" } } : { json: { accept }, headers: FRESH });
    const texts = await open(async () => {
      const forms = [undefined, "application/json", "application/json, text/plain, */*"];
      const ask = () => Promise.all(forms.map(async (accept, at) => (await apps[at].fetch("/api/page", accept && { headers: { accept } })).text()));
      return [await ask(), await ask(), await ask()];
    });
    for (const [page, json, first] of texts) {
      assert.equal(page, "<p>page</p>");
      assert.equal(JSON.parse(json).accept, "application/json");
      assert.equal(JSON.parse(first).accept, "application/json, text/plain, */*");
    }
    assert.equal(server.hits("/api/page"), 3);
  });

  test("requests of two tenants, regions or versions are two, in the air and after", async () => {
    const echo = ({ headers }) => ({ json: [headers["x-tenant"], headers["x-region"]], headers: { "cache-control": headers["x-region"] ? "no-store" : "max-age=60" } });
    server.on("/api/echo", echo);
    const got = await open(async () => {
      const ask = (name, value) => apps[0].json("/api/echo", { headers: { [name]: value } });
      const at = (name) => Promise.all(["1", "2"].map((value) => ask(name, value)));
      return JSON.stringify([await at("X-Tenant"), await at("X-Tenant"), await at("X-Region"), await at("X-Region")]);
    });
    const tenants = [["1", null], ["2", null]];
    const regions = [[null, "1"], [null, "2"]];
    assert.deepEqual(JSON.parse(got), [tenants, tenants, regions, regions]);
  });

  test("over HTTP/1.1 names of headers are written as the caller wrote them, and keep nothing apart", async () => {
    server.on("/api/names", { json: 1, headers: FRESH });
    await open(async () => {
      const names = { "X-Tenant": "1", "x-small": "2", SOAPAction: "3" };
      const forms = [names, Object.entries(names), new Map(Object.entries(names))];
      for (const [at, headers] of forms.entries())
        for (const send of [fetch, apps[0].fetch]) await (await send(`/api/names?${at}`, { headers, cache: "reload" })).text();
      await apps[1].fetch("/api/names?shared", { headers: { "X-Tenant": "1" } });
      await apps[2].fetch("/api/names?shared", { headers: [["x-tenant", "1"]] });
    });
    const told = ({ names }) => names.filter((name) => /^(x-|soap)/i.test(name)).sort();
    const [shared, ...pairs] = server.requests("/api/names").reverse();
    assert.equal(shared.search, "?shared");
    assert.equal(pairs.length, 6);
    for (let at = 0; at < pairs.length; at += 2) assert.deepEqual(told(pairs[at]), told(pairs[at + 1]));
    assert.deepEqual(told(pairs[0]), ["SOAPAction", "X-Tenant", "x-small"]);
  });

  test("what several lines make together ends as it does without", async () => {
    server.raw("/api/lines", "HTTP/1.1 200 OK\r\nx-part: a\r\nx-part: \r\ncontent-length: 2\r\n\r\n{}");
    const [alone, shared] = await open(async () => {
      const read = async (send) => (await send("/api/lines")).headers.get("x-part");
      return [await read(fetch), await read(apps[0].fetch)];
    });
    assert.equal(shared, alone);
    assert.match(alone, /^a,? ?$/);
  });

  test("noise merges, and what the host ignores", async () => {
    server.on("/api/noise", { json: 1, headers: FRESH });
    server.on("/api/rule/a", { json: 1, headers: { "cache-control": "no-store" } });
    await open(async () => {
      forebay.configure({ ignoreHeaders: ["x-app"], rules: [{ match: "/api/rule/*", ignoreHeaders: ["x-b"], noStore: "share" }] });
      await Promise.all(["1", "2"].map((value) => apps[0].json("/api/noise", { headers: { traceparent: value, "x-request-id": value, "X-App": value, baggage: "sentry-x=" + value } })));
      await Promise.all(["1", "2"].map((value) => apps[0].json("/api/rule/a", { headers: { "X-B": value } })));
    });
    assert.equal(server.hits("/api/noise"), 1);
    assert.equal(server.hits("/api/rule/a"), 1);
  });

  test("queries with different headers are never one operation", async () => {
    server.on("POST /graphql", ({ headers }) => ({ json: { data: { region: headers["x-region"] ?? "none" } } }));
    const got = await open(() => Promise.all(["1", "2", "2"].map((value, at) => apps[at].query("{ region }", {}, { headers: { "X-Region": value } }))));
    assert.deepEqual(got.map(({ region }) => region), ["1", "2", "2"]);
    assert.equal(server.hits("/graphql"), 2);
  });

  test("another page of the person finds on disk only what has the same headers", async () => {
    server.on("/api/kept", ({ headers }) => ({ json: headers["x-region"] ?? "none", headers: FRESH }));
    const ask = async (value) => {
      const app = apps[0];
      app.identify("ada");
      return app.json("/api/kept", value ? { headers: { "X-Region": value } } : {});
    };
    // What is kept is written when nobody is busy.
    await until(async () => {
      const before = server.hits("/api/kept");
      assert.equal(await open(ask, "1"), "1");
      return server.hits("/api/kept") === before;
    });
    assert.equal(await open(ask, "2"), "2");
    assert.equal(await open(ask, ""), "none");
  });
});
