// GraphQL servers as they are: whatever they answer, who uses Apollo or urql over Forebay sees what they would see without,
// and who uses Forebay itself sees the same whether requests are shared, pass through, or went out before the broker was there.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser } from "../page/harness.mjs";
import { ANSWERS } from "./answers.mjs";
import { buildServers } from "./pages.mjs";
import { as, ask, askIn, assertSame, comparable, isEndless, open, shared, STATES, testLibraries } from "./servers.mjs";

before(buildServers);

inEachBrowser((world) => {
  testLibraries(world, "newest");

  test(`${ANSWERS.length} answers that Apollo and urql ask for together: each shows what it shows alone`, async () => {
    const { tab } = await open(world, "shared", "newest");
    const together = await (await ask(tab, "newest", true, ["reads"], 24, true))("reads");
    const alone = await (await ask(tab, "newest", false, ["reads"]))("reads");
    await tab.close();
    const [is, should] = [together, alone].map((seen) => seen.map(as(world.engine, "shared")).map(shared));
    assertSame(is, should, "together");
  });

  const plain = {};
  for (const state of STATES) {
    test(`${ANSWERS.length} answers to query, mutate and watch, ${state}: they are what is written down`, async () => {
      plain[state] = await askIn(world, state, "newest", ["plainReads", "plainWrites"]);
      const wrong = plain[state].flatMap((calls, row) => Object.entries(calls).flatMap(([call, { value }]) => {
        const code = value ? (value.code ?? "data") : "never";
        return code === ANSWERS[row].plain[world.engine] || isEndless(call, row) ? [] : [`${ANSWERS[row].name}: ${call} is ${code} and should be ${ANSWERS[row].plain[world.engine]}`];
      }));
      assert.equal(wrong.length, 0, `${wrong.length} cells are wrong:\n  ${wrong.join("\n  ")}`);
    });
  }

  test("query, mutate and watch make the same of one answer, and so do the three states", () => {
    const here = plain.shared;
    for (const state of STATES) assertSame(plain[state].map(comparable), here.map(comparable), `${state}, beside shared`);
    const without = ({ value: { beside: _, ...value } }) => value;
    const of = (calls) => Object.fromEntries(Object.entries(calls).map(([call, seen]) => [call, without(seen)]));
    assertSame(here.map(comparable).map(of), here.map(comparable).map((calls) => Object.fromEntries(Object.keys(calls).map((call) => [call, without(calls.query)]))), "all calls, beside query");
  });

  test("answers of 8,000 and 100,000 levels: json, query, mutate and watch give them whole, frozen, in each state, and again", async () => {
    for (const state of STATES) {
      const { tab, release } = await open(world, state, "newest");
      for (const levels of [8_000, 100_000]) {
        const deep = '{"__typename":"D","id":"1","a":['.repeat(levels / 2) + "1" + "]}".repeat(levels / 2);
        world.server.on("/deep/" + levels, ({ hit, method }) => ({ body: method === "GET" ? deep : `{"data":{"a":${deep},"hit":${hit}}}`, headers: { "content-type": "application/json" } }));
      }
      const asked = tab.evaluate(async () => {
        const depth = (value) => {
          let levels = 0;
          let isFrozen = true;
          for (let at = value; typeof at === "object"; at = at.a ?? at[0]) [levels, isFrozen] = [levels + 1, isFrozen && Object.isFrozen(at)];
          return isFrozen && levels;
        };
        const watched = (...what) => new Promise((done, failed) => {
          const watch = app.watch(...what, ({ data, error }) => (watch.stop(), error ? failed(error) : done(data)));
        });
        const found = {};
        for (const levels of [8_000, 100_000]) {
          const endpoint = "/deep/" + levels;
          const reads = [app.json(endpoint), app.query("{ a hit }", {}, { endpoint }).then(({ a }) => a)];
          const waits = [app.mutate("mutation { a hit }", {}, { endpoint }).then(({ a }) => a), watched(endpoint), watched({ query: "{ a again: hit }", endpoint }).then(({ a }) => a)];
          found[levels] = [reads, waits];
          await Promise.all(reads);
        }
        globalThis.over = async () => {
          const all = [];
          for (const [levels, [reads, waits]] of Object.entries(found)) {
            const again = app.query("{ a hit }", {}, { endpoint: "/deep/" + levels }).then(({ a }) => a);
            all.push((await Promise.all([...reads, ...waits, again])).map(depth));
          }
          return [all, app.report().errors ?? 0];
        };
      });
      await asked;
      release();
      const [all, errors] = await tab.evaluate(() => over());
      assert.deepEqual(all, [8_000, 100_000].map((levels) => Array(6).fill(levels)), state);
      assert.equal(errors, 0);
      await tab.close();
    }
  });
});
