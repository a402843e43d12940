// Seeded histories of what people, apps, tabs and the server do: every answer is one that plain `fetch` could have given.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { engines } from "../page/harness.mjs";
import { buildApps } from "./build.mjs";
import { BUILD, Harness, PKG, removeBuilds, reportOf } from "./harness.mjs";
import { HISTORIES, LENGTH } from "./seeds.mjs";

const MORE = Number(process.env.WITNESS_HISTORIES ?? 0);

before(() => buildApps(PKG, join(BUILD, "apps")), { timeout: 120_000 });
after(removeBuilds);

// Side by side: a page waits for its server most of the time. What comes when is the history's to say, and not the machine's.
describe("histories", { concurrency: true }, () => {
  for (const engine of engines) play(engine);
});

function play(engine) {
  const count = MORE || HISTORIES[engine];
  test(`${count} histories of ${LENGTH} steps in ${engine}: nobody is given another's answer, or one from before a write`, { timeout: 1_200_000 + MORE * 60_000 }, async (t) => {
    const harness = await Harness.start(engine, { isBuilt: true });
    const start = Date.now();
    try {
      const broken = await harness.search(Array.from({ length: count }, (_, at) => at + 1), { length: LENGTH });
      t.diagnostic(`${count} histories, ${Math.round((Date.now() - start) / 1000)} s`);
      if (broken) assert.fail(reportOf(await harness.shrunk(broken), engine));
    } finally {
      await harness.close();
    }
  });
}
