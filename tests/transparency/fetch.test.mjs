// The table of transparency: whatever a page can tell `fetch` or see of its answer is the same by the browser's own `fetch`
// and by Forebay's, in each of its states. What is not is in `www/differences.json`, each with its reason, and told to users
// in `www/transparency.md`; and what is there no more must go from both.
//
//   BROWSERS=firefox WAYS=early ROWS='abort' node --test tests/transparency/fetch.test.mjs
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { engines, inEachBrowser, until } from "../page/harness.mjs";
import { serve } from "./answers.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const differences = JSON.parse(read("www/differences.json"));
const only = new RegExp(process.env.ROWS ?? "");
const seen = new Set();
let compared = 0;

/** How a page comes to the `fetch` that is compared with the browser's own; each gives it to `ways`. */
const WAYS = {
  fetch: async () => {
    const { connect, ready } = await import("/pkg/index.js");
    if ((await ready()) !== "shared") throw new Error("nothing is shared");
    return connect({ app: "a" }).fetch;
  },
  install: async () => {
    const { connect, ready } = await import("/pkg/index.js");
    const { install } = await import("/pkg/install.js");
    if ((await ready()) !== "shared") throw new Error("nothing is shared");
    install(connect({ app: "a" }), { match: ["/api/*", `http://localhost:${location.port}/api/*`] });
    return (...args) => fetch(...args);
  },
  // The core does not come before the rows are over.
  early: async () => {
    const { connect } = await import("/pkg/index.js");
    return connect({ app: "a" }).fetch;
  },
  "pass-through": async () => {
    const { connect, ready } = await import("/pkg/index.js");
    if ((await ready()) !== "pass-through") throw new Error("there is a core");
    return connect({ app: "a" }).fetch;
  },
};
const ways = process.env.WAYS?.split(",") ?? Object.keys(WAYS);

inEachBrowser((world) => {
  for (const way of ways) {
    test(`by ${way}`, { timeout: 280_000 }, async () => {
      const answers = serve(world.server);
      if (way === "early") world.server.on("/pkg/forebay.wasm", { hang: "head" });
      if (way === "pass-through") world.server.on("/pkg/forebay.wasm", { status: 404 });
      const tab = await world.open("/blank.html?secret");
      const results = await compareIn(tab, way, answers);
      compared += results.length;
      const wrong = [];
      for (const { name, isSame, expected, actual } of results) {
        const known = differences.filter((known) => (known.by ?? way).includes(way) && (known.in ?? world.engine) === world.engine && new RegExp(known.rows).test(name));
        if (isSame) continue;
        for (const one of known) seen.add(one);
        if (!known[0]) wrong.push(`${name}\n    natively: ${expected}\n    ${way}: ${actual}`);
      }
      if (process.env.RESULTS) writeFileSync(`${process.env.RESULTS}-${world.engine}-${way}.json`, JSON.stringify(results, null, 1));
      assert.ok(wrong.length === 0, `${wrong.length} of ${results.length} rows differ:\n${wrong.slice(0, 300).join("\n")}`);
    });
  }

  /** In slices, so that a page that hangs is seen. */
  async function compareIn(tab, way, answers) {
    await tab.evaluate(async (begin, answers, way, only) => {
      const native = globalThis.fetch.bind(globalThis);
      const { compare } = await import("/tests/transparency/rows.mjs");
      const other = await (0, eval)(`(${begin})`)();
      globalThis.comparing = compare(native, other, answers, way, new RegExp(only)).then((results) => (globalThis.results = results));
    }, WAYS[way].toString(), answers, way, only.source);
    await until(() => tab.evaluate(() => !!globalThis.results), "all rows are compared", 270_000);
    return tab.evaluate(() => globalThis.results);
  }
});

test("the list of differences is short, published, and true", () => {
  const page = read("www/transparency.md");
  for (const { what, reason } of differences) {
    assert.ok(page.includes(what), `www/transparency.md does not tell of: ${what}`);
    assert.ok(reason.length > 20, `${what}: why?`);
  }
  assert.ok(differences.length <= 15);
  if (engines.length < 2 || ways.length < 4 || only.source !== "(?:)") return;
  assert.ok(compared >= 600, `${compared} rows`);
  for (const one of differences) assert.ok(seen.has(one), `there is no such difference any more: ${one.what}`);
});
