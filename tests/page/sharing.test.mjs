// Who is given which answer: no failure and no spent answer to who asks later, no union's refusal to anybody.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };

inEachBrowser((world) => {
  const run = async (inside, ...args) => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      await ready();
      Object.assign(globalThis, { a: connect({ app: "a" }), b: connect({ app: "b" }), connect });
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
    });
    return tab.evaluate(inside, ...args);
  };
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  const gets = (path) => server.requests(path).filter(({ method }) => method === "GET").length;

  test("three requests in turn whose bodies are not read are three, where nothing may be kept", async () => {
    server.on("/api/now", ({ hit }) => ({ chunks: [String(hit), "…"], gap: 100, headers: { "cache-control": "no-store" } }));
    server.on("/api/plain", ({ hit }) => ({ chunks: [String(hit), "…"], gap: 100 }));
    const texts = await run(async () => {
      const texts = [];
      for (const url of ["/api/now", "/api/plain"]) {
        const responses = [];
        for (let turn = 0; turn < 3; turn++) responses.push(await a.fetch(url));
        texts.push(await Promise.all(responses.map((response) => response.text())));
      }
      return texts;
    });
    assert.deepEqual(texts, [["1…", "2…", "3…"], ["1…", "2…", "3…"]]);
  });

  test("what is fresh is joined while its body arrives", async () => {
    server.on("/api/fresh", ({ hit }) => ({ chunks: [String(hit), "…"], gap: 100, headers: FRESH }));
    const texts = await run(async () => {
      const responses = [await a.fetch("/api/fresh"), await b.fetch("/api/fresh")];
      return Promise.all(responses.map((response) => response.text()));
    });
    assert.deepEqual(texts, ["1…", "1…"]);
  });

  test("once a head has said 500, who asks next asks the server", async () => {
    server.on("/api/down", ({ hit }) => hit === 1 ? { status: 500, chunks: ["no", "…"], gap: 300 } : { json: hit });
    const seen = await run(async () => {
      const failed = a.json("/api/down").catch(({ code }) => code);
      const { status } = await b.fetch("/api/down");
      return [status, await a.json("/api/down"), await failed];
    });
    assert.deepEqual(seen, [500, 2, "http-status"]);
  });

  test("a 403 concerns one request; a 401 what came from there, until it succeeds, and it is said", async () => {
    let known = true;
    server.on("/api/kept", { json: 1, headers: FRESH });
    server.on("/api/forbidden", { status: 403 });
    server.on("/api/me", () => (known ? { json: 1 } : { status: 401 }));
    const outcomes = () => run(async () => {
      const outcomes = [];
      const warnings = [];
      a.on("warning", ({ message }) => warnings.push(message));
      const explained = async () => outcomes.push((await a.explain("/api/kept")).outcome);
      await a.json("/api/kept");
      await a.fetch("/api/forbidden");
      await explained();
      await (await fetch("/forget")).text();
      await a.fetch("/api/me");
      await explained();
      await (await fetch("/remember")).text();
      await a.fetch("/api/me");
      await explained();
      return { outcomes, warnings: warnings.filter((text) => text.includes("401")).length };
    });
    server.on("/forget", () => ((known = false), {}));
    server.on("/remember", () => ((known = true), {}));
    assert.deepEqual(await outcomes(), { outcomes: ["fresh", "missed", "fresh"], warnings: 1 });
  });

  test("a write and an invalidation of the same are read again once", async () => {
    let version = 1;
    server.on("GET /api/list", () => ({ json: version, headers: FRESH }));
    server.on("PUT /api/list", () => ({ json: (version += 1) }));
    const shown = await run(async () => {
      const shown = [];
      a.watch("/api/list", ({ data }) => shown.push(data));
      while (shown.length < 1) await sleep(10);
      await b.fetch("/api/list", { method: "PUT", body: "x" });
      b.invalidate({ urls: ["/api/list"] });
      a.invalidate({ urls: ["/api/*"] });
      while (shown.length < 2) await sleep(10);
      await b.json("/api/list", { method: "PUT", body: "x" });
      b.invalidate({ urls: ["/api/list"] });
      while (shown.length < 3) await sleep(10);
      await sleep(100);
      return shown;
    });
    assert.deepEqual(shown, [1, 2, 3]);
    assert.equal(gets("/api/list"), 3);
  });

  test("a write that is given up once it was sent counts as done", async () => {
    let version = 1;
    server.on("GET /api/list", () => ({ json: version, headers: FRESH }));
    server.on("PUT /api/list", () => ((version += 1), { hang: "head" }));
    const shown = await run(async () => {
      const shown = [];
      a.watch("/api/list", ({ data }) => shown.push(data));
      while (shown.length < 1) await sleep(10);
      const controller = new AbortController();
      const put = b.fetch("/api/list", { method: "PUT", body: "x", signal: controller.signal }).catch(({ name }) => name);
      await sleep(200);
      controller.abort();
      const name = await put;
      while (shown.length < 2) await sleep(10);
      return [name, ...shown, await b.json("/api/list")];
    });
    assert.deepEqual(shown, ["AbortError", 1, 2, 2]);
  });

  test("what a group's invalidation makes out of date is known where only the answer names the group", async () => {
    let version = 1;
    server.on("/api/one", () => ({ json: version, delay: 200, headers: { ...FRESH, "cache-groups": '"news"' } }));
    const seen = await run(async () => {
      const first = a.json("/api/one");
      await sleep(100); // the server has seen it
      await (await fetch("/bump")).text();
      b.invalidate({ groups: ["news"] });
      return [await first, await b.json("/api/one"), await a.json("/api/one")];
    }, server.on("/bump", () => ((version += 1), {})));
    assert.deepEqual(seen.slice(1), [2, 2]);
  });

  test("a union that the server refuses is nobody's answer, and is not tried again", async () => {
    const documents = [];
    server.on("/graphql", ({ body }) => {
      const { query } = JSON.parse(String(body));
      documents.push(query);
      if (query.includes("secret")) return { status: 403, json: { errors: [{ message: "secret" }] } };
      const data = {};
      for (const name of ["one", "two"]) if (query.includes(name)) data[name] = name;
      return { json: { data } };
    });
    const rounds = await run(async () => {
      const rounds = [];
      for (let round = 0; round < 3; round++) {
        rounds.push(await Promise.all([
          a.query("{ one }"), b.query("{ two }"), a.query("{ secret }").catch(({ code }) => code),
        ]));
      }
      return JSON.stringify(rounds); // in Firefox an object that comes twice crosses once
    });
    for (const round of JSON.parse(rounds)) assert.deepEqual(round, [{ one: "one" }, { two: "two" }, "graphql"]);
    assert.equal(documents.length, 4 + 2 + 2, documents.join("\n"));
  });

  for (const status of [401, 429, 500]) {
    test(`a ${status} of a union is nobody's`, async () => {
      let unions = 0;
      server.on("/graphql", ({ body }) => {
        const { query } = JSON.parse(String(body));
        if (query.includes("one") && query.includes("two")) return (unions += 1), { status, json: {}, headers: status === 429 ? { "retry-after": "1" } : {} };
        return { json: { data: query.includes("one") ? { one: 1 } : { two: 2 } } };
      });
      const answers = await run(() => Promise.all([a.query("{ one }"), b.query("{ two }")]));
      assert.deepEqual(answers, [{ one: 1 }, { two: 2 }]);
      assert.equal(unions, 1);
    });
  }

  test("an endpoint that names the operation is one endpoint, and values without objects are read again", async () => {
    let unread = 3;
    server.on("/graphql", ({ body }) => {
      const { query } = JSON.parse(String(body));
      if (query.startsWith("mutation")) return { json: { data: { mark: { __typename: "Note", id: String((unread -= 1)) } } } };
      if (query.includes("notes")) return { json: { data: { notes: [{ __typename: "Note", id: "1" }] } } };
      return { json: { data: query.includes("page") ? { page: { total: unread } } : { unread } } };
    });
    const shown = await run(async () => {
      const shown = { unread: [], page: [], notes: 0 };
      a.watch({ query: "{ unread }", endpoint: "/graphql?op=Unread" }, ({ data }) => shown.unread.push(data?.unread));
      a.watch({ query: "{ page { total } }", endpoint: "/graphql?op=Page" }, ({ data }) => shown.page.push(data?.page.total));
      a.watch({ query: "{ notes { __typename id } }", endpoint: "/graphql?op=Notes" }, () => (shown.notes += 1));
      while (!shown.unread[0] || !shown.page[0] || !shown.notes) await sleep(10);
      await b.mutate("mutation { mark { __typename id } }", {}, { endpoint: "/graphql?op=Mark" });
      while (!shown.unread[1] || !shown.page[1]) await sleep(10);
      return [shown.unread, shown.page];
    });
    assert.deepEqual(shown, [[3, 2], [3, 2]]);
  });
});
