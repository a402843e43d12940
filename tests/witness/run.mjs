// Plays histories from the command line:
//
//   node tests/witness/run.mjs --seeds 1-1000                     all of them, and how often which part of the contract broke
//   node tests/witness/run.mjs --seeds 17 --shrink                one, made small, with its evidence
//   node tests/witness/run.mjs --seeds 1-40 --engine firefox      the same in another engine
//   node tests/witness/run.mjs --seeds 1-40 --plant 3             with a fault planted (plants.mjs), counted from 0; `--rule` looks for one rule's violations
import { parseArgs } from "node:util";
import { Harness, reportOf } from "./harness.mjs";
import { historyOf } from "./history.mjs";
import { summary } from "./oracle.mjs";
import { plant, PLANTS } from "./plants.mjs";

const { values } = parseArgs({ options: {
  engine: { type: "string", default: "chromium" }, seeds: { type: "string", default: "1-40" }, length: { type: "string", default: "100" },
  shrink: { type: "boolean" }, seconds: { type: "string", default: "120" }, rule: { type: "string" }, details: { type: "boolean" }, evidence: { type: "boolean" }, plant: { type: "string" },
} });

const [from, to = from] = values.seeds.split("-").map(Number);
const planted = values.plant && PLANTS[values.plant];
const harness = await Harness.start(values.engine, planted && { ...(await plant(planted)), isBuilt: true });
const isWanted = ({ rule }) => (values.rule === undefined || rule === values.rule) && (!planted || planted.rules.test(rule));
const all = [];
let bad = 0;
const start = Date.now();
try {
  for (let seed = from; seed <= to; seed += 1) {
    const steps = historyOf(seed, Number(values.length));
    const begun = Date.now();
    const found = (await harness.play(steps, seed)).filter(isWanted);
    all.push(...found);
    console.log(`seed ${seed}: ${found.length ? summary(found).join(", ") : "ok"} (${Date.now() - begun} ms)`);
    if (values.details) for (const one of found) console.log("   ", JSON.stringify({ rule: one.rule, id: one.id, tab: one.tab, step: one.step, detail: one.detail }));
    if (values.evidence) for (const one of found) console.log("   ", JSON.stringify(one));
    if (!found.length) continue;
    bad += 1;
    if (values.shrink) console.log(reportOf(await harness.shrunk({ seed, steps, found }, Number(values.seconds) * 1000), values.engine));
  }
} finally {
  await harness.close();
}
console.log(`${to - from + 1} histories of ${values.length} steps in ${values.engine}: ${bad} broke something, ${all.length} violations, ${Math.round((Date.now() - start) / 1000)} s`);
for (const line of summary(all)) console.log("  " + line);
process.exitCode = bad ? 1 : 0;
