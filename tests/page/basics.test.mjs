// The client in real pages: before the core is there, with it, without it, and when it breaks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };
const PACKAGE = new URL("../../pkg/", import.meta.url);

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  /** Runs `inside` in a new page, after the broker is there unless told otherwise. */
  const run = async (inside, { wait = true, path } = {}) => {
    const tab = await world.open(path);
    await tab.evaluate(async (wait) => {
      globalThis.forebay = await import("/pkg/index.js");
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      /** What a call ends with: its value, or the name and code of its error. */
      globalThis.outcome = (call) =>
        Promise.resolve().then(call).then((value) => ({ value }), ({ name, code, message }) => ({ name, code, message }));
      if (wait) await forebay.ready();
    }, wait);
    const result = await tab.evaluate(inside);
    return Object.assign({ tab }, typeof result === "object" && !Array.isArray(result) ? result : { result });
  };
  const holdCore = (delay) =>
    server.on("/pkg/forebay.wasm", () => ({ body: readFileSync(new URL("forebay.wasm", PACKAGE)), delay, headers: { "content-type": "application/wasm" } }));

  test("two apps, two spellings, one call, one frozen value", async () => {
    server.on("/api/a", { json: { list: [{ id: 1 }] }, delay: 50, headers: FRESH });
    const { same, frozen, again } = await run(async () => {
      const [a, b] = ["a", "b"].map((app) => forebay.connect({ app }));
      const [x, y] = await Promise.all([a.json("/api/a"), b.json(new URL("/api/./%61#top", location.href), { headers: { Accept: "*/*" } })]);
      return { same: x === y, frozen: Object.isFrozen(x.list[0]), again: (await b.json("/api/a")) === x };
    });
    assert.deepEqual({ same, frozen, again }, { same: true, frozen: true, again: true });
    assert.equal(server.hits("/api/a"), 1);
  });

  test("each caller of fetch has a Response of its own, like the browser's", async () => {
    server.on("/api/a", { json: [1], headers: { ...FRESH, "x-mine": "yes" } });
    const { facts } = await run(async () => {
      const a = forebay.connect({ app: "a" });
      const responses = await Promise.all([a.fetch("/api/a"), a.fetch("/api/a"), fetch("/api/a")]);
      const facts = responses.map(({ ok, status, url, type, redirected, headers, bodyUsed }) =>
        JSON.stringify({ ok, status, url, type, redirected, bodyUsed, mine: headers.get("x-mine"), kind: headers.get("content-type") }));
      const clone = responses[0].clone();
      const bodies = [await responses[0].json(), await responses[1].text(), await clone.text(), clone.url === responses[0].url];
      return { facts: [...new Set(facts)].length, bodies };
    });
    assert.equal(facts, 1);
  });

  test("browsers that cannot say beforehand whether a URL can be parsed read answers with a place of their own", async () => {
    for (const place of ["../b", "http://["]) {
      server.on("/api/a", { json: [place], headers: { "content-location": place } });
      const { value } = await run(async () => {
        delete URL.canParse;
        return { value: await forebay.connect({ app: "a" }).json("/api/a") };
      });
      assert.deepEqual(value, [place]);
    }
  });

  test("requests go out before the core is there, once for each spelling, and are handed over", async () => {
    holdCore(400);
    let release;
    const released = new Promise((resolve) => (release = resolve));
    server.on("/api/a", async () => (await released, { json: { a: 1 }, headers: FRESH }));
    server.on("/go", () => (release(), { json: 1 }));
    const { early, joined, value, watched } = await run(async () => {
      const [a, b] = ["a", "b"].map((app) => forebay.connect({ app }));
      const calls = [a.json("/api/a"), b.json("/api/a"), b.fetch("/api/a#x").then((response) => response.json())];
      const watched = [];
      b.watch("/api/a", ({ data }) => watched.push(data.a));
      await sleep(100);
      const early = a.report().mode;
      await forebay.ready();
      const joined = (await a.explain("/api/a")).outcome;
      await fetch("/go");
      const [value] = await Promise.all(calls);
      while (watched.length < 1) await sleep(10);
      await sleep(50);
      return { early, joined, value, watched };
    }, { wait: false });
    assert.deepEqual({ early, joined, value, watched }, { early: "starting", joined: "joined", value: { a: 1 }, watched: [1] });
    assert.equal(server.hits("/api/a"), 1);
  });

  for (const [how, answer] of [["is not there", { status: 404 }], ["is not WebAssembly", { body: "<html>", headers: { "content-type": "text/html" } }]]) {
    test(`where the core ${how}, everything is plain fetch`, async () => {
      server.on("/pkg/forebay.wasm", answer);
      server.on("/api/a", { json: { a: 1 } });
      server.on("/graphql", { json: { data: { viewer: 1 } } });
      const { mode, a, status, watched, data, explained, report, tab } = await run(async () => {
        const mode = await forebay.ready();
        const app = forebay.connect({ app: "a" });
        const watched = [];
        const watch = app.watch("/api/a", ({ data, error }) => watched.push(error?.message ?? data.a));
        app.identify("ada");
        app.prefetch("/api/a");
        app.route("/x");
        app.invalidate({ tags: ["x"] });
        const off = app.on("answer", () => {});
        const result = {
          mode, a: await app.json("/api/a"), status: (await app.fetch("/api/a")).status,
          data: await app.query("{ viewer }"), explained: (await outcome(() => app.explain("/api/a"))).code, report: app.report(),
        };
        off();
        while (watched.length < 1) await sleep(10);
        watch.stop();
        return { ...result, watched };
      });
      assert.deepEqual([mode, a, status, data, watched], ["pass-through", { a: 1 }, 200, { viewer: 1 }, [1]]);
      assert.equal(report.mode, "pass-through");
      assert.match(report.reason, /https?:\/\/\S+\/pkg\/forebay\.wasm: /); // where it was asked for, and what to do
      assert.match(report.reason, /Put it there, or configure/);
      assert.equal(explained, "wasm-unavailable");
      assert.equal(tab.warnings.filter((warning) => warning.includes("Forebay")).length, 1);
    });
  }

  test("what is watched is tried again as often as its call says", async () => {
    server.on("/api/down", { status: 503 });
    const { result } = await run(async () => {
      const told = [];
      forebay.connect({ app: "a" }).watch("/api/down", { forebay: { retries: 0 } }, ({ error }) => told.push(error.status));
      while (!told.length) await sleep(10);
      return told;
    });
    assert.deepEqual(result, [503]);
    assert.equal(server.hits("/api/down"), 1);
  });

  test("a core that breaks costs nobody their data", async () => {
    server.on("/api/slow", { json: { slow: 1 }, delay: 200 });
    server.on("/api/a", { json: { a: 1 } });
    const { waiting, after, mode, told, watched } = await run(async () => {
      const app = forebay.connect({ app: "a" });
      const told = [];
      app.on("mode", ({ mode }) => told.push(mode));
      const waiting = [app.json("/api/slow"), app.fetch("/api/slow").then((response) => response.json())];
      const watched = [];
      app.watch("/api/slow?watched", ({ data }) => watched.push(data.slow));
      await sleep(50);
      // What the core calls fails in the midst of it.
      const { now } = performance;
      performance.now = () => { throw new Error("planted"); };
      try {
        app.prefetch("/api/x");
      } finally {
        performance.now = now;
      }
      const result = { waiting: await Promise.all(waiting), after: await app.json("/api/a"), mode: app.report().mode };
      while (watched.length < 1) await sleep(10);
      return { ...result, told, watched };
    });
    assert.deepEqual({ waiting, after, mode, told, watched }, {
      waiting: [{ slow: 1 }, { slow: 1 }], after: { a: 1 }, mode: "pass-through", told: ["pass-through"], watched: [1],
    });
  });

  test("what is wrong is said with a code", async () => {
    server.on("/api/missing", { status: 404, json: {} });
    server.on("/api/text", { body: "hello" });
    server.on("/api/hangs", { hang: "head" });
    server.on("/api/orders", { json: 1 });
    const { codes, plain, sync, messages } = await run(async () => {
      const app = forebay.connect({ app: "a" });
      const gone = forebay.connect({ app: "gone" });
      const waiting = outcome(() => gone.json("/api/hangs"));
      await sleep(20);
      gone.disconnect();
      const circle = {};
      circle.circle = circle;
      const warned = [];
      app.on("warning", ({ code }) => warned.push(code));
      const ends = {
        "http://[": () => app.json("http://["),
        status: () => app.json("/api/missing"),
        "not json": () => app.json("/api/text"),
        deadline: () => app.json("/api/hangs", { forebay: { deadline: 50 } }),
        refused: () => app.json("http://127.0.0.1:1/", { forebay: { retries: 0 } }),
        circle: () => app.json("/api/orders", { json: circle }),
        function: () => app.json("/api/orders", { json: () => {} }),
        "unknown option": () => app.json("/api/a", { pirority: 1 }),
        "unknown forebay option": () => app.fetch("/api/a", { forebay: { dedline: 1 } }),
        "wrong priority": () => app.json("/api/a", { forebay: { priority: "urgent" } }),
        "wrong deadline": () => app.json("/api/a", { forebay: { deadline: "soon" } }),
        "wrong retries": () => app.json("/api/a", { forebay: { retries: -1 } }),
        "options that are none": () => app.json("/api/a", 7),
        both: () => app.json("/api/a", { json: 1, body: "1" }),
        after: () => gone.json("/api/a"),
        waiting: () => waiting.then((end) => { throw end; }),
        "bad body": () => app.json("/api/orders", { method: "POST", headers: { "content-type": "application/json" }, body: "{," }).then(() => { throw { code: warned[0] }; }),
      };
      const codes = {};
      const messages = [];
      for (const name in ends) {
        const end = await outcome(ends[name]);
        codes[name] = end.code ?? end;
        if (end.message) messages.push(end.message);
      }
      const thrown = (call) => { try { call(); return "nothing"; } catch (error) { return error.code ?? error.name; } };
      const sync = [
        thrown(() => forebay.connect({})), thrown(() => app.invalidate({})), thrown(() => app.invalidate({ tag: ["x"] })),
        thrown(() => app.invalidate({ urls: "/x" })), thrown(() => app.identify("")), thrown(() => app.identify(17)),
        thrown(() => app.watch("/api/a")), thrown(() => app.watch("/api/orders", { json: 1 }, () => {})),
        thrown(() => forebay.configure({ rules: [{ match: "api" }] })), thrown(() => forebay.configure({ rules: [{ tags: ["x"] }] })),
        thrown(() => forebay.configure({ memory: "lots" })), thrown(() => forebay.configure({ ruels: [] })),
        thrown(() => forebay.configure({ rules: [{ match: "/x", ttl: -1 }] })), thrown(() => forebay.configure({ rules: {} })),
        thrown(() => forebay.configure({ manifest: { x: [] } })), thrown(() => gone.peek("/api/a")),
      ];
      const plain = await outcome(() => app.fetch("http://127.0.0.1:1/"));
      return { codes, sync, plain: plain.name, messages };
    });
    assert.deepEqual(codes, {
      "http://[": "invalid-url", status: "http-status", "not json": "not-json", deadline: "deadline", refused: "network",
      circle: "invalid-body", function: "invalid-body", "unknown option": "invalid-option", "unknown forebay option": "invalid-option",
      "wrong priority": "invalid-option", "wrong deadline": "invalid-option", "wrong retries": "invalid-option",
      "options that are none": "invalid-option", both: "invalid-option", after: "disconnected", waiting: "disconnected", "bad body": "invalid-body",
    });
    assert.deepEqual(sync, [...Array(15).fill("invalid-option"), "disconnected"]);
    assert.equal(plain, "TypeError", "fetch fails as the browser's does");
    assert.ok(messages.every((message) => message.length > 15), messages.join("\n"));
  });

  test("one script tag is enough, with integrity and options in attributes", async () => {
    const integrity = JSON.parse(readFileSync(new URL("integrity.json", PACKAGE), "utf8"));
    const hash = (name) => integrity[name] ?? integrity.files?.[name];
    server.on("/api/search", { json: [1], delay: 50 });
    server.page("/shell.html", `<script src="/pkg/forebay.js" integrity="${hash("forebay.js")}" data-wasm-integrity="${hash("forebay.wasm")}"
      data-memory="1048576" data-rules='[{"match":"/api/search","coalescePost":true}]'></script>`);
    const tab = await world.open("/shell.html");
    const result = await tab.evaluate(async () => {
      const mode = await window.forebay.ready();
      const bundled = await import("/pkg/index.js");
      const [a, b] = [window.forebay.connect({ app: "tag" }), bundled.connect({ app: "bundle" })];
      await Promise.all([a.json("/api/search", { json: { x: 1, y: 2 } }), b.json("/api/search", { json: { y: 2, x: 1 } })]);
      return { mode, budget: b.report().cache.budget, apps: Object.keys(b.report().apps) };
    });
    assert.deepEqual(result, { mode: "shared", budget: 1_048_576, apps: ["tag", "bundle"] });
    assert.equal(server.hits("/api/search"), 1);
    assert.equal(server.hits("/pkg/forebay.wasm"), 1);
  });

  test("a core that is not what its hash says is not run", async () => {
    server.page("/shell.html", `<script src="/pkg/forebay.js" data-wasm-integrity="sha384-${"A".repeat(64)}"></script>`);
    server.on("/api/a", { json: 1 });
    const tab = await world.open("/shell.html");
    assert.deepEqual(await tab.evaluate(async () => [await window.forebay.ready(), await window.forebay.connect({ app: "a" }).json("/api/a")]), ["pass-through", 1]);
  });

  for (const [order, first, second] of [["the older first", "/old/index.js", "/pkg/index.js"], ["the newer first", "/pkg/index.js", "/old/index.js"]]) {
    test(`two minor versions on one page share one broker, ${order}`, async () => {
      // The same client under another number, as another app's bundle would carry it.
      for (const name of ["index.js", "runtime.js"]) {
        const body = readFileSync(new URL(name, PACKAGE), "utf8").replaceAll(/"0\.1\.0"/g, '"0.0.9"');
        server.on(`/old/${name}`, { body, headers: { "content-type": "text/javascript" } });
      }
      server.on("/old/forebay.wasm", { body: readFileSync(new URL("forebay.wasm", PACKAGE)), headers: { "content-type": "application/wasm" } });
      server.on("/api/a", { json: 1, delay: 50 });
      const tab = await world.open();
      const versions = await tab.evaluate(async (paths) => {
        const apps = [];
        for (const path of paths) apps.push((await import(path)).connect({ app: path }));
        await (await import(paths[0])).ready();
        await Promise.all(apps.map((app) => app.json("/api/a")));
        return apps.map((app) => app.report().version);
      }, [first, second]);
      const winner = first.includes("old") ? "0.0.9" : "0.1.0";
      assert.deepEqual(versions, [winner, winner]);
      assert.equal(server.hits("/api/a"), 1);
      assert.equal(server.hits("/old/forebay.wasm") + server.hits("/pkg/forebay.wasm"), 1);
    });
  }

  test("another protocol on the page stands apart, with one warning", async () => {
    server.on("/api/a", { json: 1 });
    const tab = await world.open();
    const result = await tab.evaluate(async () => {
      globalThis[Symbol.for("forebay")] = { v9: {} };
      const { connect, ready } = await import("/pkg/index.js");
      const app = connect({ app: "a" });
      connect({ app: "b" });
      return [await ready(), await app.json("/api/a")];
    });
    assert.deepEqual(result, ["shared", 1]);
    await until(() => tab.warnings.length === 1, "the one warning");
    assert.match(tab.warnings[0], /protocol/);
  });

  test("a stopped watch is told nothing, whenever it is stopped", async () => {
    holdCore(200);
    server.on("/api/a", { json: { a: 1 }, delay: 100, headers: FRESH });
    const { told } = await run(async () => {
      const app = forebay.connect({ app: "a" });
      const told = { early: 0, late: 0, kept: 0 };
      const early = app.watch("/api/a", () => (told.early += 1));
      const late = app.watch("/api/a?late", () => (told.late += 1));
      app.watch("/api/a?kept", () => (told.kept += 1));
      early.stop();
      await forebay.ready();
      await sleep(300);
      late.stop();
      const before = { ...told };
      app.invalidate({ urls: ["/api/*"] });
      await sleep(300);
      return { told: { early: told.early, late: told.late === before.late, kept: told.kept - before.kept } };
    }, { wait: false });
    assert.deepEqual(told, { early: 0, late: true, kept: 1 });
  });
});
