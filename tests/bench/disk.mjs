// How long a page waits for its first answer when it lies on disk among thousands, and how long reading the index holds it.
//
//   node tests/bench/disk.mjs [entries]     10,000 unless you say otherwise; filling the disk takes half a minute
import { launch, startServer } from "../page/harness.mjs";

const ENTRIES = Number(process.argv[2] ?? 10_000);
const ROUNDS = 15;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

const server = await startServer();
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
    const { connect, ready } = await import("/pkg/index.js");
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

const waits = [];
for (let round = 0; round < ROUNDS; round += 1) {
  waits.push(await page((tab, n) => tab.evaluate(async (n) => {
    const { connect } = await import("/pkg/index.js");
    const began = performance.now();
    const app = connect({ app: "bench" });
    app.identify("ann");
    await app.json("/api/n/" + n);
    const took = performance.now() - began;
    if (app.report().counts.persisted !== 1) throw new Error("it did not come from disk");
    return took;
  }, n), (round * 997) % ENTRIES));
}

/** Tasks of the page's main thread while the index is read, without and with Forebay. */
async function longest(work) {
  return page(async (tab) => {
    await tab.tracing.start({ categories: ["disabled-by-default-devtools.timeline", "devtools.timeline", "v8.execute"] });
    await tab.evaluate(work);
    await tab.evaluate(() => new Promise((later) => setTimeout(later, 3_000)));
    const { traceEvents } = JSON.parse(Buffer.from(await tab.tracing.stop()).toString());
    // Of the index, each slice is read in microtasks of the database's own events; what else runs is loading.
    return traceEvents.filter(({ name }) => name === "RunMicrotasks").map(({ dur = 0 }) => dur / 1_000).toSorted((a, b) => b - a);
  });
}
const slices = await longest(async () => {
  const { connect, ready } = await import("/pkg/index.js");
  connect({ app: "bench" }).identify("ann");
  await ready();
});

console.log(`${ENTRIES} entries on disk, Chromium`);
console.log(`first answer after connect(), median of ${ROUNDS}: ${median(waits).toFixed(1)} ms (${Math.min(...waits).toFixed(1)}–${Math.max(...waits).toFixed(1)})`);
console.log(`slices while the index is read: longest ${slices[0].toFixed(1)} ms, ${slices.filter((ms) => ms > 5).length} over 5 ms`);
await browser.close();
await server.close();
