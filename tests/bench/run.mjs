// Measures Forebay beside its peers in one run, in the system's Chromium (and Firefox with BROWSERS=chromium,firefox).
// Medians of rounds; machines differ, so compare the rows of one run.
import { build } from "esbuild";
import { mkdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { engines, launch, startServer } from "../page/harness.mjs";

const OUT = fileURLToPath(new URL("../../target/bench", import.meta.url));

mkdirSync(OUT, { recursive: true });
await build({
  entryPoints: ["page.ts", "decisions.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
  outdir: OUT,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "error",
});

/** A forest to rank with, and the JSON it was made of beside it (see forest.mjs). */
const forest = process.env.FOREBAY_FOREST;
const policies = fileURLToPath(new URL("../data/policy", import.meta.url));
const server = await startServer({ files: { "/bench-page/": OUT, "/bench-policy/": policies, "/bench-peers/": fileURLToPath(new URL("node_modules", import.meta.url)), ...(forest && { "/bench-models/": dirname(resolve(forest)) }) } });
const answer = { json: { id: 17, name: "Ada", tags: ["a", "b"] }, headers: { "cache-control": "max-age=3600" } };
server.on("/bench/hit", answer);
server.on("/bench/fan", answer);

for (const engine of process.env.BROWSERS ? engines : ["chromium"]) {
  const browser = await launch(engine, { protocolTimeout: 300_000 });
  try {
    const tab = await browser.newPage();
    await tab.goto(server.url("/blank.html"));
    const run = (name, ...sizes) =>
      tab.evaluate(async (name, sizes) => (await import("/bench-page/page.js"))[name](...sizes), name, sizes);
    const hits = await run("hits", 21, 5_000);
    const fan = await run("fanOut", 21, 1_000);
    const prints = await run("fingerprints", 21, 500);
    report(engine, hits, fan, prints);
    const decide = (name, ...sizes) =>
      tab.evaluate(async (name, sizes) => (await import("/bench-page/decisions.js"))[name](...sizes), name, sizes);
    reportDecisions(await decide("filters", 21, 20), await decide("permissions", 21, 50), forest && (await decide("ranking", 21, 20, `/bench-models/${basename(forest)}`)));
  } finally {
    await browser.close();
  }
}
await server.close();

function report(engine, hits, fan, prints) {
  const us = (value) => `${value.toFixed(2)} µs`;
  const ms = (value) => `${value.toFixed(2)} ms`;
  const times = (value, of) => `${(value / of).toFixed(2)} ×`;
  console.log(`\n${engine}, medians`);
  table([
    ["what", "Forebay", "TanStack Query", "SWR", "ratio", "bar"],
    ["hit, synchronous", us(hits.sync.forebay), us(hits.sync.tanstack), us(hits.sync.swr), times(hits.sync.forebay, hits.sync.swr), "≤ 1 × SWR"],
    ["hit, awaited", us(hits.async.forebay), us(hits.async.tanstack), "–", times(hits.async.forebay, hits.async.tanstack), "≤ 1 × TanStack"],
    ["1,000 callers at once: asking", ms(fan.forebay.asking), ms(fan.tanstack.asking), "–", times(fan.forebay.asking, fan.tanstack.asking), ""],
    ["1,000 callers at once: until all have it", ms(fan.forebay.whole), ms(fan.tanstack.whole), "–", times(fan.forebay.whole, fan.tanstack.whole), "≤ 1 × TanStack"],
    ["  of which one plain fetch", ms(fan.once.whole), "", "", "", ""],
    [`fingerprint of a new request, ${prints.bytes} B, warm`, us(prints.warm), "–", "–", "", "≤ 10 µs"],
    ["  of which packing it", us(prints.packing), "", "", "", ""],
    ["  the very first", us(prints.first), "", "", "", ""],
    [`normal form and fingerprint of a new query, ${prints.document} B`, us(prints.query), "–", "–", "", "≤ 15 µs"],
  ]);
}

function reportDecisions(filters, permissions, ranking) {
  const row = (what, ours, plain, bar, others = "") => [what, `${ours.toFixed(3)} ms`, `${plain.toFixed(3)} ms`, bar, others];
  console.log("");
  table([
    ["decisions", "Forebay", "plain JavaScript", "bar", "others"],
    row("10,000 rows × 3 predicates, kept", filters.kept, filters.plain, "≤ 1 ms"),
    row("  one row changed before", filters.changed, filters.plain, ""),
    row("  from objects", filters.objects, filters.plain, ""),
    row("1,000 items × 20 policies, kept", permissions.kept, permissions.plain, "≤ 0.1 ms"),
    row("  from objects", permissions.objects, permissions.plain, "≤ 0.4 ms", `CASL ${permissions.casl.toFixed(3)} ms, cedar-wasm ${permissions.cedar.toFixed(1)} ms`),
    ...(ranking ? [row("200 items ranked by a forest, from objects", ranking.order, ranking.plain, "≤ 0.6 ms", `onnxruntime-web, the forest alone: ${ranking.onnx.toFixed(3)} ms`), ["  reasons of one item", `${ranking.reasons.toFixed(3)} ms`, "–", ""]] : []),
  ]);
  if (!ranking) console.log("NOT RUN: ranking. `node tests/bench/forest.mjs` says how to make a forest.");
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd());
}
