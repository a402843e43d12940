// GraphQL servers as they are: whatever they answer, who uses Apollo or urql over Forebay sees what they would see without,
// and who uses Forebay itself sees the same whether requests are shared, pass through, or went out before the broker was there.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser } from "../page/harness.mjs";
import { ANSWERS } from "./answers.mjs";
import { buildServers } from "./pages.mjs";
import { askIn, assertSame, comparable, isEndless, STATES, testLibraries } from "./servers.mjs";

before(buildServers);

inEachBrowser((world) => {
  testLibraries(world, "newest");

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
    const { shared, ...others } = plain;
    for (const state in others) assertSame(others[state].map(comparable), shared.map(comparable), `${state}, beside shared`);
    const without = ({ value: { beside: _, ...value } }) => value;
    const of = (calls) => Object.fromEntries(Object.entries(calls).map(([call, seen]) => [call, without(seen)]));
    assertSame(shared.map(comparable).map(of), shared.map(comparable).map((calls) => Object.fromEntries(Object.keys(calls).map((call) => [call, without(calls.query)]))), "all calls, beside query");
  });
});
