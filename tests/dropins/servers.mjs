// Asks for the answers of `answers.mjs` in one page, in each state, and compares what was seen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { until } from "../page/harness.mjs";
import { ANSWERS, serveAnswers, SILENT } from "./answers.mjs";

const CORE = new URL("../../pkg/forebay.wasm", import.meta.url);
const DEEP = ANSWERS.flatMap(({ isDeep }, row) => (isDeep ? [row] : []));
export const STATES = ["shared", "pass-through", "early"];

/** The same within small reach: what differs is said by row and call. */
export function assertSame(found, expected, what) {
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
 * What is not the same, and why: while requests are shared, a body is read as a stream, and browsers say in other words that
 * this breaks off than they do of a body which is read whole. Theirs are the words of a stream that is shared, too.
 */
const WORDS = { chromium: ["network error", "Failed to fetch"], firefox: ["Error in input stream", "Content-Length header of network response exceeds response Body."] };
export const as = (engine, state) => (calls, row) => (state === "shared" && /breaks off/.test(ANSWERS[row].name) ? JSON.parse(JSON.stringify(calls).replaceAll(...WORDS[engine])) : calls);

/** Nobody watches a stream without an end: those who do are told so, by an error, while requests are shared. */
export const isEndless = (call, row) => call === "watch" && /several parts|event stream/.test(ANSWERS[row].name);
export const comparable = (calls, row) => Object.fromEntries(Object.entries(calls).filter(([call]) => !isEndless(call, row)));

/**
 * What is not the same where the answer to another's operation serves: places in its text, what its server says beside it, the
 * response that it came in, of which a page can make no equal; fields that nobody has asked for; and numbers that JSON can
 * bring, but which no page can write in it again.
 */
const ANOTHERS = /very (large|small)|nobody asked|name themselves|__proto__/;
export const shared = (calls, row) => ANOTHERS.test(ANSWERS[row].name) ? {} : JSON.parse(JSON.stringify(calls), function (name, value) {
  return /^(locations|response)$/.test(name) || (name === "extensions" && "data" in this) ? undefined : value;
});

/** A page in that state. `release` lets the broker come where it is held back. */
export const open = async (world, state, version) => {
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
export const ask = async (tab, version, isOver, names, atOnce = 24, areTogether = false) => {
  await tab.evaluate((isOver, rows, atOnce, told, names) => {
    table.start(told);
    table.begin(isOver ? app : undefined, rows, atOnce, names);
  }, isOver, ANSWERS.length, atOnce, { deep: DEEP, silent: version === "lowest" ? SILENT : {}, areTogether }, names);
  return async (...names) => {
    await until(() => tab.evaluate((names) => names.every((name) => table.done[name]), names), `${names} are there`, 120_000);
    const [first, ...others] = await tab.evaluate((names) => names.map((name) => table.done[name]), names);
    return others.reduce((all, more) => all.map((calls, row) => ({ ...calls, ...more[row] })), first);
  };
};

/** The same of a page in a state: reads that are asked early are over before the broker is there. */
export const askIn = async (world, state, version, [reads, writes], inside) => {
  const { tab, release } = await open(world, state, version);
  const seen = await ask(tab, version, true, [reads, writes], state === "early" ? ANSWERS.length : undefined);
  if (state === "early") await seen(reads);
  release();
  const found = await seen(reads, writes);
  // Where it was held back for long, it is still to come.
  if (state !== "early") assert.equal(await tab.evaluate(() => mode), state);
  await inside?.(tab);
  await tab.close();
  return found;
};

/** The tests of one version of the libraries. */
export function testLibraries(world, version) {
  let alone;
  for (const state of STATES) {
    test(`${ANSWERS.length} answers under Apollo and urql (${version}), ${state}: they are shown as without`, async () => {
      const found = await askIn(world, state, version, ["reads", "writes"], async (tab) => {
        alone ??= await (await ask(tab, version, false, ["reads", "writes"]))("reads", "writes");
      });
      assertSame(found.map(as(world.engine, state)), alone.map(as(world.engine, state)), `${version}, ${state}`);
    });
  }
}
