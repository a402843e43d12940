// What is left in memory when a page has let go of all: beside plain `fetch`, which did the same in another page.
//
//   COUNT=100000 node --test tests/transparency/memory.test.mjs     as many URLs as a long day's, some minutes; CI takes fewer
import assert from "node:assert/strict";
import { test } from "node:test";
import { engines, launch, startServer, until } from "../page/harness.mjs";

const URLS = Number(process.env.COUNT ?? 3_000);
const STREAMS = 1_000;
/** What a heap may hold beside plain fetch's, of that. */
const MORE = 0.05;

// Only Chromium can be told to collect garbage and then says what is left.
if (engines.includes("chromium")) test("aborted streams and distinct URLs leave nothing behind", { timeout: 1_800_000 }, async (context) => {
  const server = await startServer();
  const browser = await launch("chromium", { protocolTimeout: 1_500_000 });
  context.after(async () => {
    await browser.close();
    await server.close();
  });
  server.on("/api/drip", { chunks: ["one "], hang: "body" });
  server.on("/api/urls", ({ search }) => ({ json: { search }, headers: { "cache-control": "max-age=600" } }));
  const open = () => server.requests("/api/drip").filter(({ isOpen }) => isOpen).length;

  /** The heap before and after, each after three collections. */
  const run = async (isOurs) => {
    server.reset();
    server.on("/api/drip", { chunks: ["one "], hang: "body" });
    server.on("/api/urls", ({ search }) => ({ json: { search }, headers: { "cache-control": "max-age=600" } }));
    const tab = await (await browser.createBrowserContext()).newPage();
    await tab.evaluateOnNewDocument(() => {
      globalThis.memories = new Set();
      for (const name of ["instantiate", "instantiateStreaming"]) {
        const make = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
          const made = await make.apply(WebAssembly, given);
          for (const part of Object.values((made.instance ?? made).exports)) if (part instanceof WebAssembly.Memory) globalThis.memories.add(part);
          return made;
        };
      }
    });
    await tab.goto(server.url("/blank.html"));
    const session = await tab.createCDPSession();
    await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      await ready();
      globalThis.app = connect({ app: "a" });
    });
    const rest = async () => {
      for (let i = 0; i < 3; i += 1) {
        await session.send("HeapProfiler.collectGarbage");
        await new Promise((done) => setTimeout(done, 200));
      }
      const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage");
      return usedSize + backingStorageSize + (await memories());
    };
    /** Bytes in the memories of WebAssembly, which never shrink. */
    const memories = () => tab.evaluate(() => [...globalThis.memories].reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0));
    let run = 0;
    const work = (isOurs, streams, urls) => tab.evaluate(async (isOurs, streams, urls, run) => {
      const call = isOurs ? app.fetch : (...args) => fetch(...args);
      for (let i = 0; i < streams; i += 1) {
        const enough = new AbortController();
        const reader = (await call(`/api/drip?${run}.${i}`, { signal: enough.signal })).body.getReader();
        await reader.read();
        enough.abort();
      }
      for (let i = 0; i < urls; i += 20)
        await Promise.all(Array.from({ length: 20 }, async (_, at) => (await call(`/api/urls?${run}.${i + at}`)).text()));
      app.clear();
    }, isOurs, streams, urls, (run += 1));
    const settled = async () => {
      await until(() => open() === 0, "all streams are closed", 20_000);
      // The disk's queue writes behind.
      await new Promise((done) => setTimeout(done, 2_000));
      return rest();
    };
    // What is made once is no leak: engines compile what has become hot, tables fill to their limits (`MOST_VARIED` and the
    // like), and a memory grows to what is needed at a time.
    for (let i = 0; i < 2; i += 1) await work(isOurs, STREAMS, URLS);
    const before = await settled();
    await work(isOurs, STREAMS, URLS);
    const after = await settled();
    await tab.close();
    return { before, after };
  };
  const plain = await run(false);
  const ours = await run(true);
  const grown = ours.after - ours.before - (plain.after - plain.before);
  context.diagnostic(`${STREAMS} aborted streams, ${URLS} URLs: plain fetch ${plain.before} → ${plain.after}, Forebay ${ours.before} → ${ours.after} bytes`);
  assert.ok(ours.after <= plain.after * (1 + MORE) || grown <= plain.after * MORE, `${grown} bytes more are left than by plain fetch's own ${plain.after}`);
});
