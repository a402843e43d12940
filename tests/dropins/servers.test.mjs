// GraphQL servers as they are: whatever they answer, who uses Apollo or urql over Forebay sees what they would see without,
// and who uses Forebay itself sees the same whether requests are shared, pass through, or went out before the broker was there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { inEachBrowser, until } from "../page/harness.mjs";
import { ANSWERS, serveAnswers } from "./answers.mjs";
import { buildServers } from "./pages.mjs";

const CORE = new URL("../../pkg/forebay.wasm", import.meta.url);
const DEEP = ANSWERS.flatMap(({ isDeep }, row) => (isDeep ? [row] : []));
const STATES = ["shared", "pass-through", "early"];

/** The same within small reach: what differs is said by row and call. */
function assertSame(found, expected, what) {
  const wrong = [];
  expected.forEach((calls, row) => {
    for (const [call, seen] of Object.entries(calls)) {
      const [is, should] = [found[row][call], seen].map((one) => JSON.stringify(one));
      if (is !== should) wrong.push(`${ANSWERS[row].name}: ${call}\n    is     ${is}\n    should ${should}`);
    }
  });
  assert.equal(wrong.length, 0, `${what}: ${wrong.length} cells differ:\n  ${wrong.join("\n  ")}`);
}

/**
 * What is not the same, and why: while requests are shared, the body is read as a stream, whose end Chromium reports in other
 * words than that of a body which is read whole.
 */
const as = (engine, state) => (calls) => (engine === "chromium" && state === "shared" ? JSON.parse(JSON.stringify(calls).replaceAll("network error", "Failed to fetch")) : calls);

/** Nobody watches a stream without an end: those who do are told so, by an error, while requests are shared. */
const isEndless = (call, row) => call === "watch" && /several parts|event stream/.test(ANSWERS[row].name);
const comparable = (calls, row) => Object.fromEntries(Object.entries(calls).filter(([call]) => !isEndless(call, row)));

before(buildServers);

inEachBrowser((world) => {
  /** A page in that state. `release` lets the broker come where it is held back. */
  const open = async (state, version = "newest") => {
    const { server } = world;
    server.reset();
    serveAnswers(server);
    let release = () => {};
    const held = state === "early" ? new Promise((done) => (release = done)) : undefined;
    const core = { body: readFileSync(CORE), headers: { "content-type": "application/wasm" } };
    server.on("/pkg/forebay.wasm", async () => (await held, state === "pass-through" ? { status: 404 } : core));
    const tab = await world.open();
    await tab.evaluate(async (version, waits) => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.table = await import(`/tests/dropins/build/servers-${version}.js`);
      globalThis.app = connect({ app: "a" });
      globalThis.mode = ready();
      if (waits) await mode;
    }, version, state !== "early");
    return { tab, release };
  };
  /** Asks for all, over Forebay or without; gives what was seen once it is there. What is asked early is asked at once. */
  const ask = async (tab, isOver, names, atOnce = 24) => {
    await tab.evaluate((isOver, rows, atOnce, deep, names) => {
      table.start(deep);
      table.begin(isOver ? app : undefined, rows, atOnce, names);
    }, isOver, ANSWERS.length, atOnce, DEEP, names);
    return async (...names) => {
      await until(() => tab.evaluate((names) => names.every((name) => table.done[name]), names), `${names} are there`, 120_000);
      const [first, ...others] = await tab.evaluate((names) => names.map((name) => table.done[name]), names);
      return others.reduce((all, more) => all.map((calls, row) => ({ ...calls, ...more[row] })), first);
    };
  };
  /** The same of a page in a state: reads that are asked early are over before the broker is there. */
  const askIn = async (state, version, [reads, writes], inside) => {
    const { tab, release } = await open(state, version);
    const seen = await ask(tab, true, [reads, writes], state === "early" ? ANSWERS.length : undefined);
    if (state === "early") await seen(reads);
    release();
    const found = await seen(reads, writes);
    // Where it was held back for long, it is still to come.
    if (state !== "early") assert.equal(await tab.evaluate(() => mode), state);
    await inside?.(tab);
    await tab.close();
    return found;
  };

  for (const version of ["newest", "lowest"]) {
    let alone;
    for (const state of STATES) {
      test(`${ANSWERS.length} answers under Apollo and urql (${version}), ${state}: they are shown as without`, async () => {
        const found = await askIn(state, version, ["reads", "writes"], async (tab) => {
          alone ??= await (await ask(tab, false, ["reads", "writes"]))("reads", "writes");
        });
        assertSame(found.map(as(world.engine, state)), alone.map(as(world.engine, state)), `${version}, ${state}`);
      });
    }
  }

  const plain = {};
  for (const state of STATES) {
    test(`${ANSWERS.length} answers to query, mutate and watch, ${state}: they are what is written down`, async () => {
      plain[state] = await askIn(state, "newest", ["plainReads", "plainWrites"]);
      const wrong = plain[state].flatMap((calls, row) => Object.entries(calls).flatMap(([call, { value }]) => {
        const code = value ? (value.code ?? "data") : "never";
        return code === ANSWERS[row].plain || isEndless(call, row) ? [] : [`${ANSWERS[row].name}: ${call} is ${code} and should be ${ANSWERS[row].plain}`];
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
