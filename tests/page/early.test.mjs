// What is asked before the broker is there: it is sent no oftener than plain `fetch` would, however late the core comes and
// however many microtasks lie between; and what is written then is written for all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inEachBrowser, runsAll, until } from "./harness.mjs";

const PACKAGE = new URL("../../pkg/", import.meta.url);
const FRESH = { "cache-control": "max-age=600" };
const KEEPING = { fresh: FRESH, unsaid: {}, asked: { "cache-control": "no-cache" }, secret: { "cache-control": "no-store" } };
const LONG_AFTER_MS = 1_200;
const gate = () => {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, opened };
};

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  const file = (name, type) => ({ body: readFileSync(new URL(name, PACKAGE)), headers: { "content-type": type } });
  const hold = () => {
    const { open, opened } = gate();
    server.on("/pkg/forebay.wasm", async () => (await opened, file("forebay.wasm", "application/wasm")));
    return open;
  };
  /** As bundlers do that load with a function of their own. */
  const delayBy = (microtasks) => {
    const text = String(readFileSync(new URL("index.js", PACKAGE)));
    const delay = `for(let n=0;n<${microtasks};n++)await 0;`;
    const late = `const start=async(page)=>{const broker=await m.start(page);${delay}return broker};return{...m,start}`;
    const delayed = text.replace('import("./runtime.js")', `import("./runtime.js").then(async(m)=>{${delay}${late}})`);
    assert.notEqual(delayed, text, "the stub loads the runtime otherwise: say here how");
    server.on("/pkg/index.js", { body: delayed, headers: { "content-type": "text/javascript" } });
  };

  // Adapters begin with `watch`, and the drop-ins with `fetch` or `json`: they cannot differ.
  for (const when of ["at once", "after the answers", "long after", "never"]) {
    test(`where the core comes ${when}, nothing is sent oftener than by plain fetch`, async () => {
      // Microtasks are the language's, and the same in every engine: all cells in one, and some in the others.
      const cells = runsAll(world.engine) ? [[0], [1], [2], [10], [0, "u1"], [2, "u1"]] : [[0], [2, "u1"]];
      for (const [microtasks, person] of cells) {
        server.reset();
        for (const how in KEEPING) server.on(`/api/${how}/*`, ({ path }) => ({ json: path, headers: KEEPING[how] }));
        server.on("/graphql", { json: { data: { a: 1 } } });
        delayBy(microtasks);
        const release = when === "never" ? (server.on("/pkg/forebay.wasm", { status: 404 }), () => {}) : when === "at once" ? () => {} : hold();
        // With an HTTP cache and a disk of its own.
        const tab = await world.open("/blank.html", { profile: await world.anotherProfile() });
        await tab.evaluate(async (ways, person) => {
          const { connect, ready } = await import("/pkg/index.js");
          const { install } = await import("/pkg/install.js");
          const [a, b] = ["a", "b"].map((app) => connect({ app }));
          if (person) a.identify(person);
          install(a, { match: ["/api/*/installed"] });
          const asked = [];
          const told = [];
          const watch = (app, what, list = asked) => list.push(new Promise((done) => app.watch(what, done)));
          for (const way of ways) {
            const at = (door) => `/api/${way}/${door}`;
            watch(a, at("watch"));
            for (const app of [a, b]) watch(app, at("both"));
            asked.push(a.json(at("json")), a.fetch(at("fetch")), fetch(at("installed")));
            asked.push(a.json(at("mixed")));
            watch(b, at("mixed"));
          }
          asked.push(a.query("{ a }"));
          watch(a, { query: "{ b }" }, told);
          Object.assign(globalThis, { a, ready, asked, told });
        }, Object.keys(KEEPING), person);
        await tab.evaluate(async (ms) => (await Promise.all(asked), await new Promise((done) => setTimeout(done, ms))), when === "long after" ? LONG_AFTER_MS : 0);
        release();
        await tab.evaluate(async (ways) => {
          await ready();
          await Promise.all(told);
          while (a.report().live?.flights) await new Promise((done) => setTimeout(done, 10));
          for (const way of ways) await a.json(`/api/${way}/json`);
        }, Object.keys(KEEPING));
        const cell = `${when}, ${microtasks} microtasks, ${person}`;
        for (const how in KEEPING) {
          const counts = Object.fromEntries(["watch", "both", "json", "fetch", "installed", "mixed"].map((door) => [door, server.hits(`/api/${how}/${door}`)]));
          // Without a core a named person's early requests pass by the browser's cache, which may hold a former person's answer.
          if (when === "never" && person && how === "fresh" && counts.json === 2) counts.json = 1;
          assert.deepEqual(counts, { watch: 1, both: 1, json: how === "fresh" ? 1 : 2, fetch: 1, installed: 1, mixed: 1 }, `${how}: ${cell}`);
        }
        assert.equal(server.hits("/graphql"), 2, cell);
        await tab.close();
      }
    });
  }

  const connected = async (inside) => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      Object.assign(globalThis, { app: connect({ app: "a" }), ready });
      app.identify("u1");
    });
    await tab.evaluate(inside);
    return tab;
  };

  for (const state of ["acknowledged", "in the air"]) {
    test(`a write that is ${state} when the broker comes is known on disk and in other tabs`, async () => {
      let version = 1;
      const { open: answer, opened } = gate();
      server.on("GET /api/visits", () => ({ json: version, headers: FRESH }));
      server.on("POST /api/visits", async () => {
        version += 1;
        if (state === "in the air") await opened;
        return { json: version };
      });
      server.on("/graphql", async ({ body }) => {
        if (!String(body).includes("mutation")) return { json: { data: { version } }, headers: FRESH };
        version += 1;
        if (state === "in the air") await opened;
        return { json: { data: { set: version } } };
      });
      const read = () => Promise.all([app.json("/api/visits"), app.query("{ version }").then((data) => data.version)]);
      const other = await connected(() => ready());
      assert.deepEqual(await other.evaluate(read), [1, 1]);
      const release = hold();
      const writer = await connected(() => {
        globalThis.written = Promise.all([app.fetch("/api/visits", { method: "POST", body: "x" }), app.mutate("mutation { set }")]);
      });
      await until(() => version === 3, "both are written");
      if (state === "acknowledged") await writer.evaluate(() => written);
      release();
      await writer.evaluate(() => ready());
      answer();
      await writer.evaluate(() => written);
      assert.deepEqual(await writer.evaluate(read), [3, 3]);
      await until(async () => String(await other.evaluate(read)) === "3,3", "the other tab has heard");
      const next = await connected(() => ready());
      assert.deepEqual(await next.evaluate(read), [3, 3]);
    });
  }

  for (const [name, headers] of Object.entries({ location: { location: "/api/list" }, group: { "cache-group-invalidation": '"lists"' } })) {
    test(`what the answer to an early write names (${name}) is out of date in other tabs, too`, async () => {
      let version = 1;
      server.on("GET /api/list", () => ({ json: version, headers: { ...FRESH, "cache-groups": '"lists"' } }));
      server.on("POST /api/visits", () => ({ status: 201, json: (version += 1), headers }));
      const other = await connected(() => app.json("/api/list"));
      const release = hold();
      const tab = await connected(() => app.fetch("/api/visits", { method: "POST", body: "x" }));
      release();
      await tab.evaluate(async () => ready());
      await until(() => other.evaluate(async () => (await app.json("/api/list")) === 2), "the other tab reads again");
      await Promise.all([other.close(), tab.close()]);
    });
  }

  // The page has gone on with plain fetch for a while, and then the core comes after all.
  for (const what of ["another person", "a write", "an invalidation"]) {
    test(`what was asked early is not taken over by a core that comes after ${what}`, async () => {
      let version = 1;
      server.on("GET /api/me", () => ({ json: version, headers: FRESH }));
      server.on("POST /api/me", { json: true });
      const release = hold();
      const tab = await world.open("/blank.html", { profile: await world.anotherProfile() });
      await tab.evaluate(async () => {
        const { connect, ready } = await import("/pkg/index.js");
        Object.assign(globalThis, { app: connect({ app: "a" }), shown: [] });
        app.watch("/api/me", ({ data }) => shown.push(data));
        if ((await ready()) !== "pass-through") throw new Error("the core was held");
      });
      version = 2;
      await tab.evaluate(async (what) => {
        if (what === "another person") app.identify("u2");
        else if (what === "a write") await app.fetch("/api/me", { method: "POST", body: "x" });
        else app.invalidate({ urls: ["/api/me"] });
      }, what);
      release();
      await until(() => tab.evaluate(() => app.report().mode === "shared"), "the core is there", 15_000);
      await until(() => tab.evaluate(() => shown.at(-1) === 2), "what is new is shown");
      assert.equal(await tab.evaluate(() => app.json("/api/me")), 2);
      await tab.close();
    });
  }

  /** A server that answers mutations when it is told to, and says which have come. */
  const writes = () => {
    const seen = [];
    const gates = {};
    server.on("/graphql", async ({ body }) => {
      const [name] = /first|second|third|fourth/.exec(String(body)) ?? [];
      if (!name) return { json: { data: { a: 1 } } };
      seen.push(name);
      await (gates[name] ??= gate()).opened;
      return { json: { data: { name } } };
    });
    return { seen, answer: (name) => (gates[name] ??= gate()).open() };
  };
  const calls = () => {
    globalThis.order = [];
    globalThis.mutate = (name, options) => app.mutate(`mutation { ${name} }`, {}, options).then(() => order.push(name));
  };

  test("mutations keep their order: one that went out without the broker, one that waits, and one of when it is there", async () => {
    const { seen, answer } = writes();
    const release = hold();
    const tab = await connected(calls);
    await tab.evaluate(() => void (globalThis.all = [mutate("first"), mutate("second", { deadline: 60_000 })]));
    await until(() => seen.length === 1, "the first is sent");
    release();
    await tab.evaluate(async () => {
      while (app.report().mode !== "shared") await new Promise((done) => setTimeout(done, 10));
      all.push(mutate("third"));
      // All that mutations need is there by now.
      await app.query("{ a }");
    });
    assert.deepEqual(seen, ["first"]);
    for (const name of ["third", "second", "first"]) answer(name);
    assert.deepEqual(await tab.evaluate(async () => (await Promise.all(all), order)), ["first", "second", "third"]);
    assert.deepEqual(seen, ["first", "second", "third"]);
  });

  test("a mutation of the very moment in which the broker comes waits for those before it; who leaves is not waited for", async () => {
    const { seen, answer } = writes();
    const release = hold();
    const tab = await connected(calls);
    await tab.evaluate(() => {
      const leaving = new AbortController();
      globalThis.all = [mutate("first"), mutate("second", { signal: leaving.signal }).catch(({ name }) => order.push(name)), mutate("third", { deadline: 60_000 })];
      leaving.abort();
      // At the first moment at which calls go to the broker.
      const page = globalThis[Symbol.for("forebay")].v1;
      let here;
      Object.defineProperty(page, "broker", { configurable: true, get: () => here, set: (broker) => ((here = broker), broker && all.push(mutate("fourth"))) });
    });
    release();
    await tab.evaluate(() => ready());
    for (const name of ["fourth", "third", "first"]) answer(name);
    assert.deepEqual(await tab.evaluate(async () => {
      while (all.length < 4) await new Promise((done) => setTimeout(done, 10));
      await Promise.all(all);
      return order;
    }), ["AbortError", "first", "third", "fourth"]);
    assert.deepEqual(seen, ["first", "third", "fourth"]);
  });

  test("mutations of a GraphQL client, and those of other orders, wait for none, before the broker is there either", async () => {
    const { seen, answer } = writes();
    const release = hold();
    const tab = await connected(calls);
    await tab.evaluate(async () => {
      const { graphqlFetch } = await import("/pkg/graphql-fetch.js");
      const post = (name) => graphqlFetch(app)("/graphql", { method: "POST", body: JSON.stringify({ query: `mutation { ${name} }` }) }).then(() => order.push(name));
      globalThis.all = [post("first"), post("second"), mutate("third", { order: "mine" }), mutate("fourth")];
    });
    release();
    await until(() => seen.length === 4, "all are sent");
    for (const name of ["fourth", "third", "first", "second"]) answer(name);
    await tab.evaluate(() => Promise.all(all));
  });
});
