// The harness finds what it is there for: each of these faults, within the histories that every run plays.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Harness, removeBuilds } from "./harness.mjs";
import { PLANTS, plant } from "./plants.mjs";
import { HISTORIES } from "./seeds.mjs";

after(removeBuilds);

for (const fault of PLANTS) {
  test(`planted and found: ${fault.name}`, { timeout: 900_000 }, async (t) => {
    const harness = await Harness.start("chromium", { ...(await plant(fault)), isBuilt: true });
    try {
      const seeds = [fault.seed, ...Array.from({ length: HISTORIES.chromium }, (_, at) => at + 1).filter((seed) => seed !== fault.seed)];
      const seen = await harness.search(seeds, { isWanted: ({ rule }) => fault.rules.test(rule) });
      assert.ok(seen, `none of ${seeds.length} histories has shown it`);
      t.diagnostic(`history ${seen.seed}: ${seen.found[0].rule}: ${seen.found[0].detail}`);
    } finally {
      await harness.close();
    }
  });
}
