// What the broker promises, kept in real pages by real exchanges. (Every interleaving: the simulation in tests/.)
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };

inEachBrowser((world) => {
  /** Opens a page whose broker is there, with two apps: `a` and `b`; runs `inside` there. */
  const run = async (inside, ...args) => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, configure, ready } = await import("/pkg/index.js");
      await ready();
      Object.assign(globalThis, { a: connect({ app: "a" }), b: connect({ app: "b" }), connect, configure });
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
    });
    const result = await tab.evaluate(inside, ...args);
    // Firefox notes each made body that is broken off, also where somebody asked for it.
    assert.deepEqual(tab.errors.filter((error) => !error.includes("AbortError")), []);
    return result;
  };
  // The server is there only when the tests run.
  const server = new Proxy({}, { get: (_, name) => world.server[name] });

  test("a write that was acknowledged is seen by whoever asks after it", async () => {
    let version = 1;
    server.on("GET /api/visits", async () => ({ json: { version }, delay: 300, headers: FRESH }));
    // What was asked before the write has arrived before it, however busy the machine is.
    server.on("POST /api/visits", async () => {
      await until(() => server.hits("/api/visits") > 1, "the first question arrives");
      return { json: { version: (version += 1) } };
    });
    const versions = await run(async () => {
      const before = a.json("/api/visits");
      await sleep(50);
      await b.fetch("/api/visits", { method: "POST", body: "x" });
      const after = b.json("/api/visits");
      const last = async () => (await a.json("/api/visits")).version;
      return [(await before).version, (await after).version, await last()];
    });
    assert.deepEqual(versions, [1, 2, 2]);
    assert.equal(server.requests("/api/visits").filter(({ method }) => method === "GET").length, 2);
  });

  test("one app's own older request does not answer what it asks after an invalidation or a write", async () => {
    let version = 1;
    server.on("GET /api/visits", () => ({ json: version, delay: 300, headers: FRESH }));
    // What was asked before a write has arrived before it, however busy the machine is.
    const reads = () => server.requests("/api/visits").filter(({ method }) => method === "GET").length;
    server.on("POST /api/visits", async () => {
      await until(() => reads() >= version, "what was asked before the write arrives");
      return { json: (version += 1) };
    });
    const results = await run(async () => {
      const [first, same] = [a.json("/api/visits"), a.json("/api/visits")];
      await sleep(100);
      await fetch("/api/visits", { method: "POST", body: "…" }); // by somebody else
      a.invalidate({ urls: ["/api/visits"] });
      const second = a.json("/api/visits");
      await sleep(100);
      await a.fetch("/api/visits", { method: "POST", body: "…" });
      return Promise.all([first, same, second, a.json("/api/visits")]);
    });
    assert.deepEqual(results, [1, 1, 2, 3]);
    assert.equal(server.requests("/api/visits").filter(({ method }) => method === "GET").length, 3);
  });

  test("what components watch is read again once, together, when it is invalidated", async () => {
    let version = 0;
    server.on("/api/visits", () => ({ json: { version: (version += 1) }, headers: FRESH }));
    const seen = await run(async () => {
      configure({ rules: [{ match: "/api/visits", tags: ["visits"] }] });
      const seen = { a: [], b: [] };
      a.watch("/api/visits", ({ data }) => seen.a.push(data.version));
      const second = b.watch("/api/./visits", ({ data }) => seen.b.push(data.version));
      while (seen.b.length < 1) await sleep(10);
      a.invalidate({ tags: ["visits"] });
      while (seen.a.length < 2 || seen.b.length < 2) await sleep(10);
      second.stop();
      a.invalidate({ urls: ["/api/*"] });
      while (seen.a.length < 3) await sleep(10);
      await sleep(50);
      return seen;
    });
    assert.deepEqual(seen, { a: [1, 2, 3], b: [1, 2] });
    assert.equal(server.hits("/api/visits"), 3);
  });

  test("an invalidated answer is not served by the browser's own cache either", async () => {
    let version = 0;
    server.on("/api/list", () => ({ json: { version: (version += 1) }, headers: { "cache-control": "max-age=600" } }));
    const versions = await run(async () => {
      const first = await a.json("/api/list");
      a.invalidate({ urls: ["/api/list"] });
      return [first.version, (await b.json("/api/list")).version];
    });
    assert.deepEqual(versions, [1, 2]);
  });

  test("one person never sees another's answers", async () => {
    server.on("/api/me", async ({ headers }) => ({ json: { me: /who=(\w+)/.exec(headers.cookie)?.[1] }, delay: 100, headers: FRESH }));
    const seen = await run(async () => {
      const seen = [];
      document.cookie = "who=ada";
      a.identify("ada");
      const watched = [];
      b.watch("/api/me", ({ data }) => watched.push(data.me));
      seen.push((await a.json("/api/me")).me);
      const inTheAir = a.json("/api/me?again");
      await sleep(20);
      document.cookie = "who=bob";
      b.identify("bob");
      seen.push((await a.json("/api/me")).me, (await b.json("/api/me?again")).me, (await inTheAir).me);
      while (watched.length < 2) await sleep(10);
      document.cookie = "who=ada";
      a.identify("ada");
      seen.push((await a.json("/api/me")).me);
      while (watched.length < 3) await sleep(10);
      return { seen, watched };
    });
    assert.deepEqual(seen, { seen: ["ada", "bob", "bob", "ada", "ada"], watched: ["ada", "bob", "ada"] });
  });

  test("after a 401 nothing stored is given out until the host has spoken", async () => {
    server.on("/api/kept", { json: 1, headers: FRESH });
    server.on("/api/denied", { status: 401 });
    // The browser's own cache may answer the broker; what counts is that the broker did not answer by itself.
    const outcomes = await run(async () => {
      const outcomes = [];
      const explained = async () => outcomes.push((await a.explain("/api/kept")).outcome);
      await a.json("/api/kept");
      await explained();
      await a.fetch("/api/denied");
      await explained();
      b.identify(null);
      await a.json("/api/kept");
      await explained();
      return outcomes;
    });
    assert.deepEqual(outcomes, ["fresh", "missed", "fresh"]);
  });

  test("a body too large to keep streams through, to each at its own pace", async () => {
    const chunk = "x".repeat(256 * 1024);
    server.on("/api/large", () => ({ chunks: Array.from({ length: 24 }, () => chunk), headers: FRESH }));
    const result = await run(async () => {
      const [fast, slow] = await Promise.all([a.fetch("/api/large"), b.fetch("/api/large")]);
      const reader = slow.body.getReader();
      await reader.read();
      const bytes = (await fast.arrayBuffer()).byteLength;
      let rest = 0;
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        rest += value.byteLength;
      }
      return { bytes, rest, entries: a.report().cache.entries, flights: a.report().live.flights };
    });
    assert.equal(result.bytes, 24 * chunk.length);
    assert.ok(result.rest > 0 && result.rest < result.bytes);
    assert.deepEqual([result.entries, result.flights], [0, 0]);
    assert.equal(server.hits("/api/large"), 1);
  });

  test("a stream of events is nobody's to share", async () => {
    server.on("/api/events", () => ({ chunks: ["data: 1\n\n", "data: 2\n\n"], gap: 50, hang: "body", headers: { "content-type": "text/event-stream" } }));
    const firsts = await run(async () => {
      const responses = await Promise.all([a.fetch("/api/events"), b.fetch("/api/events")]);
      const readers = responses.map((response) => response.body.getReader());
      const firsts = await Promise.all(readers.map((reader) => reader.read()));
      await Promise.all(readers.map((reader) => reader.cancel()));
      return firsts.map(({ value }) => new TextDecoder().decode(value).slice(0, 7));
    });
    assert.deepEqual(firsts, ["data: 1", "data: 1"]);
    assert.equal(server.hits("/api/events"), 2);
    await until(() => server.requests("/api/events").every(({ aborted }) => aborted), "both streams are closed");
  });

  test("the head comes before the body, and an abort ends only one's own reading", async () => {
    server.on("/api/slow", () => ({ chunks: ["one ", "two ", "three"], gap: 200 }));
    const result = await run(async () => {
      const controller = new AbortController();
      const asked = performance.now();
      const [first, second] = await Promise.all([a.fetch("/api/slow", { signal: controller.signal }), b.fetch("/api/slow")]);
      const head = performance.now() - asked;
      const cut = first.text().then(() => "whole", (error) => error.name);
      setTimeout(() => controller.abort(), 100);
      return { early: head < 400, cut: await cut, text: await second.text() };
    });
    assert.deepEqual(result, { early: true, cut: "AbortError", text: "one two three" });
    assert.equal(server.hits("/api/slow"), 1);
  });

  test("who has given up already asks for nothing", async () => {
    server.on("/api/a", { json: 1 });
    const [name, live] = await run(async () => {
      const ended = await a.json("/api/a", { signal: AbortSignal.abort() }).catch(({ name }) => name);
      return [ended, a.report().live];
    });
    assert.equal(name, "AbortError");
    assert.deepEqual(live, { flights: 0, waiters: 0, leases: 0 });
    assert.equal(server.hits("/api/a"), 0);
  });

  test("the last waiter's leaving ends the exchange", async () => {
    server.on("/api/hangs", { hang: "head" });
    server.on("/arrived", async () => {
      await until(() => server.hits("/api/hangs"), "the question arrives");
      return { json: true };
    });
    const names = await run(async () => {
      const controllers = [new AbortController(), new AbortController()];
      const calls = [a.json("/api/hangs", { signal: controllers[0].signal }), b.fetch("/api/hangs", { signal: controllers[1].signal })];
      const ends = Promise.allSettled(calls);
      await fetch("/arrived");
      controllers[0].abort();
      await sleep(100);
      const between = a.report().live.flights;
      controllers[1].abort();
      return [between, ...(await ends).map(({ reason }) => reason.name)];
    });
    assert.deepEqual(names, [1, "AbortError", "AbortError"]);
    await until(() => server.requests("/api/hangs")[0].aborted, "the server sees the client leave");
  });

  test("a failing server is asked again for those who can wait, with one flight for all of them", async () => {
    server.on("/api/busy", ({ hit }) => (hit < 3 ? { status: 503 } : { json: "at last", headers: FRESH }));
    const result = await run(async () => {
      const plain = a.fetch("/api/busy").then(({ status }) => status);
      return Promise.all([plain, a.json("/api/busy"), b.json("/api/busy")]);
    });
    assert.deepEqual(result, [503, "at last", "at last"]);
    assert.equal(server.hits("/api/busy"), 3);
  });

  test("a route's requests start before its components ask", async () => {
    let release;
    const held = new Promise((done) => (release = done));
    server.on("/api/patients/7", async () => (await held, { json: { id: 7 } }));
    server.on("/api/release", () => (release(), {}));
    const result = await run(async () => {
      configure({ manifest: { routes: { "/patient/:id": [{ url: "/api/patients/:id" }] } } });
      a.route("/patient/7");
      while ((await b.explain("/api/patients/7")).outcome !== "joined-prefetch") await sleep(10);
      const joining = b.json("/api/patients/7");
      await fetch("/api/release");
      return { id: (await joining).id, counted: b.report().counts["joined-prefetch"] };
    });
    assert.deepEqual(result, { id: 7, counted: 1 });
    assert.equal(server.hits("/api/patients/7"), 1);
  });

  test("a POST is shared only where a rule says that it reads", async () => {
    server.on("/api/search", { json: ["found"], delay: 50 });
    server.on("/api/orders", { json: "placed", delay: 50 });
    await run(async () => {
      configure({ rules: [{ match: "/api/search", coalescePost: true }] });
      await Promise.all([
        a.json("/api/search", { json: { text: "ada", page: 1 } }),
        b.json("/api/search", { json: { page: 1, text: "ada" } }),
        a.json("/api/orders", { json: { item: 1 } }),
        b.json("/api/orders", { json: { item: 1 } }),
      ]);
    });
    assert.equal(server.hits("/api/search"), 1);
    assert.equal(server.hits("/api/orders"), 2);
  });

  test("what may not be shared is given to those who wait, kept by nobody, and later asked for in parallel", async () => {
    server.on("/api/secret", ({ hit }) => ({ json: hit, delay: 100, headers: { "cache-control": "no-store" } }));
    const answers = await run(async () => {
      const first = await Promise.all([a.json("/api/secret"), b.json("/api/secret")]);
      const second = await Promise.all([a.json("/api/secret"), b.json("/api/secret")]);
      return [...first, ...second.sort()];
    });
    assert.deepEqual(answers, [1, 1, 2, 3]);
  });

  test("what the server declares to mean nothing, and parts of what is there, ask nobody", async () => {
    const lenient = { ...FRESH, "no-vary-search": 'params=("utm")', "access-control-expose-headers": "*" };
    server.on("/api/lenient", ({ search, hit }) => ({ json: { hit, id: new URLSearchParams(search).get("id") }, headers: lenient }));
    server.on("/api/file", ({ headers }) => (headers.range ? { status: 416, body: "", headers: { "cache-control": "no-store" } } : { body: "0123456789", headers: FRESH }));
    const got = await run(async () => {
      // The part of the core that does so is loaded when the first such answer has come.
      await a.json("/api/lenient?utm=first");
      await a.fetch("/api/file").then((response) => response.text());
      await a.fetch("/api/file", { headers: { range: "bytes=0-0" } });
      await sleep(500);
      const ids = [];
      for (const query of ["id=1&utm=a", "utm=b&id=1", "id=2&utm=a", "id=2", "id=1"]) ids.push((await b.json("/api/lenient?" + query)).id);
      let how;
      b.on("answer", ({ outcome }) => (how = outcome));
      const part = await b.fetch("/api/file", { headers: { range: "bytes=2-4" } });
      const { status, ok, url, headers } = part;
      return { ids, how, status, ok, path: new URL(url).pathname, range: headers.get("content-range"), length: headers.get("content-length"), text: await part.text() };
    });
    assert.deepEqual(got, { ids: ["1", "1", "2", "2", "1"], how: "fresh", status: 206, ok: true, path: "/api/file", range: "bytes 2-4/10", length: "3", text: "234" });
    assert.equal(server.hits("/api/lenient"), 3);
    assert.ok(server.hits("/api/file") <= 2, "some browsers' own caches cut the first part");
  });

  test("two tokens are two people; declared alike, they are one", async () => {
    server.on("/api/mine", ({ headers }) => ({ json: headers.authorization, delay: 50, headers: FRESH }));
    const result = await run(async () => {
      const as = (token) => ({ headers: { Authorization: token } });
      const apart = await Promise.all([a.json("/api/mine", as("t1")), b.json("/api/mine", as("t2"))]);
      const shown = JSON.stringify(await a.explain("/api/mine", as("t1-very-secret")));
      a.identify("ada", { tokens: "interchangeable" });
      const alike = await Promise.all([a.json("/api/mine", as("t3")), b.json("/api/mine", as("t4"))]);
      return { apart, leaked: shown.includes("secret"), alike };
    });
    assert.deepEqual(result, { apart: ["t1", "t2"], leaked: false, alike: ["t3", "t3"] });
  });
});
