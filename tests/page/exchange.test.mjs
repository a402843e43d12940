// How an exchange ends, whoever ends it: connections are counted where they end, at the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

const FRESH = { "cache-control": "max-age=60" };

inEachBrowser((world) => {
  const run = async (inside, ...args) => {
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, configure, ready } = await import("/pkg/index.js");
      await ready();
      Object.assign(globalThis, { a: connect({ app: "a" }), b: connect({ app: "b" }), connect, configure });
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      /** What a promise ends with: its value as text, or the name of its error. */
      globalThis.end = (promise) => promise.then(String, ({ name }) => name);
    });
    return tab.evaluate(inside, ...args);
  };
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  const open = () => server.requests().filter(({ path, isOpen }) => path.startsWith("/api/") && isOpen).length;
  const drip = { chunks: ["one "], hang: "body", headers: { "content-type": "text/plain" } };
  const download = { chunks: Array(300).fill("x".repeat(1 << 20)) };

  test("streams that are aborted after their first piece leave no connection open", async () => {
    server.on("/api/drip", drip);
    const ends = await run(async () => {
      const ends = [];
      for (let i = 1; i <= 8; i += 1) {
        const c = new AbortController();
        const { body } = await a.fetch("/api/drip?" + i, { signal: c.signal });
        const reader = body.getReader();
        await reader.read();
        c.abort();
        ends.push(await end(reader.read()), await end(reader.closed));
      }
      return ends;
    });
    assert.deepEqual(ends, Array(16).fill("AbortError"));
    await until(() => open() === 0, "all connections are closed");
  });

  test("a Request's own signal is heeded after the head, too, and `signal: null` is none", async () => {
    server.on("/api/drip", drip);
    server.on("/api/a", { body: "a" });
    const ends = await run(async () => {
      const c = new AbortController();
      const request = new Request("/api/drip", { signal: c.signal });
      const response = await a.fetch(request);
      const text = end(response.text());
      c.abort(new DOMException("enough", "DataError"));
      const aborted = new Request("/api/a", { signal: AbortSignal.abort() });
      return [await text, await end(a.fetch(aborted)), await (await a.fetch(aborted, { signal: null })).text()];
    });
    assert.deepEqual(ends, ["DataError", "AbortError", "a"]);
    await until(() => open() === 0, "the connection is closed");
  });

  test("an answer that is whole can be aborted as long as it is not read", async () => {
    server.on("/api/a", { body: "a", headers: FRESH });
    const ends = await run(async () => {
      const ends = [];
      for (const fetchIt of [fetch, a.fetch, a.fetch]) {
        const c = new AbortController();
        const response = await fetchIt("/api/a", { signal: c.signal });
        await sleep(100);
        c.abort();
        ends.push(await end(response.text()));
      }
      return ends;
    });
    assert.deepEqual(ends, Array(3).fill("AbortError"));
  });

  test("a download that its only reader gives up does not go on, by abort, by cancel, or by loss", async () => {
    server.on("/api/large", download);
    await run(async () => {
      const c = new AbortController();
      const first = await a.fetch("/api/large?1", { signal: c.signal });
      await first.body.getReader().read();
      c.abort();
      const second = (await a.fetch("/api/large?2")).body.getReader();
      await second.read();
      await second.cancel();
    });
    await until(() => open() === 0, "both connections are closed");
  });

  test("the last of several readers closes the connection, and none before", async () => {
    server.on("/api/drip", drip);
    const result = await run(async () => {
      const controllers = [1, 2, 3].map(() => new AbortController());
      const responses = await Promise.all(controllers.map(({ signal }, at) => [a, b][at % 2].fetch("/api/drip", { signal })));
      const readers = responses.map(({ body }) => body.getReader());
      await Promise.all(readers.map((reader) => reader.read()));
      const waiting = readers.map((reader) => end(reader.read()));
      controllers[0].abort();
      await readers[1].cancel();
      const between = a.report().live;
      controllers[2].abort();
      return { between, ends: await Promise.all(waiting), live: a.report().live };
    });
    assert.equal(result.between.flights, 1);
    assert.deepEqual([result.ends[0], result.ends[2]], ["AbortError", "AbortError"]);
    assert.equal(result.live.flights, 0);
    assert.equal(server.hits("/api/drip"), 1);
    await until(() => open() === 0, "the connection is closed");
  });

  test("a body is pulled at the pace of its fastest reader; while nobody reads, 1 MiB ahead", async () => {
    const piece = "x".repeat(256 * 1024);
    server.on("/api/large", { chunks: Array(256).fill(piece) });
    const sent = () => server.requests("/api/large").reduce((sum, record) => sum + record.sent, 0);
    const tab = await world.open();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      await ready();
      globalThis.a = connect({ app: "a" });
      globalThis.held = [await fetch("/api/large?native"), await a.fetch("/api/large?ours")];
    });
    // What sockets and the browser itself hold is native's measure.
    await until(async () => {
      const before = sent();
      await new Promise((done) => setTimeout(done, 500));
      return before === sent();
    }, "nothing more is sent", 20_000);
    const [native, ours] = ["native", "ours"].map((name) => server.requests("/api/large").find(({ search }) => search === "?" + name).sent);
    assert.ok(ours <= native + 3 * 1024 * 1024, `${ours} bytes were sent, and natively ${native}`);
    const rest = await tab.evaluate(async () => (await held[1].arrayBuffer()).byteLength);
    assert.equal(rest, 256 * piece.length);
  });

  test("who reads nothing does not hold up who wants the whole", async () => {
    server.on("/api/list", () => ({ json: Array(300_000).fill("some text"), headers: FRESH }));
    const length = await run(async () => {
      globalThis.held = await a.fetch("/api/list");
      return (await b.json("/api/list")).length;
    });
    assert.equal(length, 300_000);
    assert.equal(server.hits("/api/list"), 1);
  });

  test("a reader learns that the connection broke, also when it does not read", async () => {
    server.on("/api/cut", () => ({ body: "x".repeat(1000), truncate: 100 }));
    const ends = await run(async () => {
      const ends = [];
      for (const fetchIt of [fetch, a.fetch]) {
        const reader = (await fetchIt("/api/cut?" + ends.length)).body.getReader();
        await reader.read().catch(() => {});
        ends.push(await Promise.race([end(reader.closed), sleep(3000)]));
      }
      return ends;
    });
    assert.deepEqual(ends, ["TypeError", "TypeError"]);
  });

  test("no listener outlives its call", async () => {
    server.on("/api/a", { body: "a", headers: FRESH });
    server.on("/api/b", () => ({ chunks: ["a", "b"] }));
    const left = await run(async () => {
      const { signal } = new AbortController();
      let listeners = 0;
      const { addEventListener: add, removeEventListener: remove } = signal;
      signal.addEventListener = (...args) => (listeners += 1, add.apply(signal, args));
      signal.removeEventListener = (...args) => (listeners -= 1, remove.apply(signal, args));
      for (let i = 0; i < 10; i += 1) {
        await (await a.fetch("/api/a", { signal })).text();
        await (await a.fetch("/api/b?" + i, { signal })).text();
        await a.fetch("/api/b?cancel" + i, { signal }).then(({ body }) => body.cancel());
      }
      return listeners;
    });
    assert.equal(left, 0);
  });

  test("statuses, reason phrases and fields that no script may set are the browser's own; the core does not break", async () => {
    server.raw("/api/control", "HTTP/1.1 200 a\x01b\r\ncontent-length: 1\r\nx-a: 1\r\n\r\na");
    server.raw("/api/high", "HTTP/1.1 999 Odd\r\ncontent-length: 1\r\n\r\na");
    server.raw("/api/latin", "HTTP/1.1 200 caf\xe9\r\ncontent-length: 1\r\nx-latin: caf\xe9\r\n\r\na");
    server.raw("/api/field", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nx-c: a\x01b\r\n\r\na");
    server.raw("/api/low", "HTTP/1.1 199 Low\r\ncontent-length: 1\r\n\r\na");
    const rows = await run(async () => {
      const rows = [];
      for (const name of ["control", "high", "latin", "field", "low"]) {
        const ends = [];
        for (const fetchIt of [fetch, a.fetch]) {
          const call = fetchIt(`/api/${name}?${ends.length}`, { signal: AbortSignal.timeout(3000) })
            .then(async (r) => JSON.stringify([r.status, r.ok, r.statusText, r.type, [...r.headers], await r.text()]), (error) => error.name);
          ends.push(await call);
        }
        rows.push([name, ...ends]);
      }
      return { rows, mode: a.report().mode };
    });
    for (const [name, native, ours] of rows.rows) assert.equal(ours, native, name);
    assert.equal(rows.mode, "shared");
  });

  test("a Response is as the network's: streams of bytes, headers that cannot be changed, methods that can", async () => {
    server.on("/api/a", { body: "some text", headers: { ...FRESH, "x-mine": "1" } });
    server.on("/api/from", { status: 302, headers: { location: "/api/a" } });
    const [native, ...ours] = await run(async () => {
      const facts = async (fetchIt, options) => {
        const response = await fetchIt("/api/from", options);
        const { url, type, redirected } = response;
        const refused = ["set", "append", "delete"].map((name) => { try { response.headers[name]("x-mine", "2"); return "let"; } catch (error) { return error.name; } });
        const clone = response.clone();
        const reader = clone.body.getReader({ mode: "byob" });
        const { value } = await reader.read(new Uint8Array(4));
        reader.releaseLock();
        const { text } = response;
        response.text = () => text.call(response).then((it) => it.toUpperCase());
        return JSON.stringify({ url: new URL(url).pathname, type, redirected, refused, some: new TextDecoder().decode(value), text: await response.text(), mine: clone.headers.get("x-mine"), again: await response.json().catch(({ name }) => name) });
      };
      return [await facts(fetch), await facts(a.fetch), await facts(a.fetch, { signal: new AbortController().signal }), await facts(b.fetch)];
    });
    for (const other of ours) assert.equal(other, native);
  });
});
