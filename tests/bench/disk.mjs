// How long a page waits for its first answer when it lies on disk among thousands, and how long reading the index holds it.
//
//   node tests/bench/disk.mjs [entries]     10,000 unless you say otherwise; filling the disk takes half a minute
//   PKG=DIR,DIR node tests/bench/disk.mjs   these builds of the package in turn, in place of pkg/
//
// Beside it stands what the browser alone takes in such a page to open the database and to read one answer.
import { readFileSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, startServer } from "../page/harness.mjs";

const ENTRIES = Number(process.argv[2] ?? 10_000);
const ROUNDS = 15;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const server = await startServer();
const builds = (process.env.PKG?.split(",") ?? [fileURLToPath(new URL("../../pkg", import.meta.url))]).map((dir) => resolve(dir));
// Whoever has answers on disk has been here before, and has the package's files.
const type = { ".js": "text/javascript", ".wasm": "application/wasm" };
builds.forEach((dir, n) => server.on(`/build/${n}/*`, ({ path }) => ({
  body: readFileSync(`${dir}/${basename(path)}`),
  headers: { "content-type": type[extname(path)] ?? "application/json", "cache-control": "max-age=31536000, immutable" },
})));
for (let n = 0; n < ENTRIES; n += 1) server.on(`/api/n/${n}`, { json: { n, text: "x".repeat(200) }, headers: { "cache-control": "max-age=6000" } });
const browser = await launch("chromium", { protocolTimeout: 300_000 });

/** A page of the same person, each in its turn. */
async function page(work, ...given) {
  const tab = await browser.newPage();
  await tab.goto(server.url("/blank.html"));
  const got = await work(tab, ...given);
  await tab.close();
  return got;
}

await page(async (tab) => {
  await tab.evaluate(async (entries) => {
    const { connect, ready } = await import("/build/0/index.js");
    const app = connect({ app: "bench" });
    app.identify("ann");
    await ready();
    for (let from = 0; from < entries; from += 50) {
      await Promise.all(Array.from({ length: Math.min(50, entries - from) }, (_, n) => app.json("/api/n/" + (from + n))));
    }
    const count = () => new Promise((resolve) => {
      const opening = indexedDB.open("forebay");
      opening.onsuccess = () => {
        const counting = opening.result.transaction(["bodies"]).objectStore("bodies").count();
        counting.onsuccess = () => (opening.result.close(), resolve(counting.result));
      };
    });
    while ((await count()) < entries) await new Promise((later) => setTimeout(later, 500));
  }, ENTRIES);
});

/** The first answer's wait in a page that has just come, when the browser is done with starting the page's process. */
const first = (build, n) => page((tab) => tab.evaluate(async (build, n) => {
  const { connect } = await import(`/build/${build}/index.js`);
  await new Promise((later) => setTimeout(later, 500));
  const began = performance.now();
  const app = connect({ app: "bench" });
  app.identify("ann");
  await app.json("/api/n/" + n);
  const took = performance.now() - began;
  // On a busy machine the page may have lost patience, and sent.
  return app.report().counts?.persisted === 1 ? took : null;
}, build, n));

const bare = () => page((tab) => tab.evaluate(async () => {
  await new Promise((later) => setTimeout(later, 500));
  const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const began = performance.now();
  const db = await done(indexedDB.open("forebay"));
  const stores = db.transaction(["meta", "bodies"]);
  const cursor = stores.objectStore("meta").openKeyCursor();
  const { key } = await done(cursor);
  const [, { b }] = await Promise.all(["meta", "bodies"].map((name) => done(stores.objectStore(name).get(key))));
  await new Response(b).json();
  return performance.now() - began;
}));

const waits = builds.map(() => []);
const bares = [];
const sent = builds.map(() => 0);
for (let round = 0; round <= ROUNDS; round += 1) {
  // In turn, so that all meet the same machine; and once more, for the browser to have the files.
  for (const [build, list] of waits.entries()) {
    const took = await first(build, (round * 997) % ENTRIES);
    if (round && took === null) sent[build] += 1;
    else if (round) list.push(took);
  }
  bares.push(await bare());
}

/** Tasks of the page's main thread while the index is read, the longest first. */
async function longest(work, build) {
  return page(async (tab) => {
    await tab.tracing.start({ categories: ["disabled-by-default-devtools.timeline", "devtools.timeline", "v8.execute", "blink.user_timing"] });
    await tab.evaluate(work, build);
    await tab.evaluate(() => new Promise((later) => setTimeout(later, 3_000)));
    const { traceEvents } = JSON.parse(Buffer.from(await tab.tracing.stop()).toString());
    // Of the index, each slice is read in microtasks of the database's own events; what runs before is loading. A thread's own
    // time, since whoever else uses the machine is not to be counted.
    const { ts: ready, tid } = traceEvents.find(({ name }) => name === "forebay: ready");
    const own = traceEvents.filter((event) => event.name === "RunMicrotasks" && event.tid === tid && event.ts > ready);
    return own.map(({ tdur = 0 }) => tdur / 1_000).toSorted((a, b) => b - a);
  });
}
const slices = [];
for (const build of builds.keys()) {
  slices.push(await longest(async (build) => {
    const { connect, ready } = await import(`/build/${build}/index.js`);
    connect({ app: "bench" }).identify("ann");
    await ready();
    performance.mark("forebay: ready");
  }, build));
}

const range = (list) => `${median(list).toFixed(1)} ms (${Math.min(...list).toFixed(1)}–${Math.max(...list).toFixed(1)})`;
console.log(`${ENTRIES} entries on disk, Chromium, medians of ${ROUNDS}`);
console.log(`the browser alone, from opening the database to one answer: ${range(bares)}`);
for (const [build, list] of waits.entries()) {
  console.log(`${builds.length > 1 ? builds[build] + ": " : ""}first answer after connect(): ${range(list)}, ${(median(list) / median(bares)).toFixed(1)} times as long${sent[build] ? `; ${sent[build]} times not from disk` : ""}`);
  const tasks = slices[build];
  console.log(`  while the index is read: longest ${tasks[0].toFixed(1)} ms of the main thread, ${tasks.filter((ms) => ms > 5).length} of ${tasks.length} tasks over 5 ms`);
}
await browser.close();
await server.close();
