// The same in turns: what comes out is what comes out at once, whatever happens between the turns.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { data, json, load, random, sha256 } from "./module.mjs";

const decisions = await load();
const { next, of, below } = random(17);
const source = (name) => ({ bytes: data(name), sha256: sha256(data(name)) });
const NOW = Date.UTC(2026, 0, 1);

/** What is done between two turns, and how many there were. */
let between = () => {};
let turns = 0;
globalThis.scheduler = {
  async yield() {
    turns += 1;
    between();
  },
};
/** Each step takes so many milliseconds, on whatever machine. */
let step = 1;
let now = 0;
mock.method(performance, "now", () => (now += step));
beforeEach(() => {
  step = 1;
  turns = 0;
  between = () => {};
});

const rowsOf = (count) => Array.from({ length: count }, (_, at) => ({ at, name: `name ${at % 997}`, ward: of(["a", "b", "c", undefined]), beds: below(7), open: next() < 0.5 }));
const PREDICATE = { and: [{ field: "open", eq: true }, { field: "name", endsWith: "7" }, { field: "beds", gt: 1 }] };
const OPTIONS = { sort: [{ field: "ward" }, { field: "beds", descending: true }], count: "ward", sum: ["beds"], offset: 5, limit: 5_000 };

test("a filter chooses, orders, counts and adds up as it does at once", async () => {
  for (const count of [0, 1, 63, 64, 5_000, 150_000]) {
    const rows = rowsOf(count);
    const expected = decisions.filter(rows, PREDICATE, OPTIONS);
    assert.deepEqual(await decisions.filterAsync(rows, PREDICATE, OPTIONS), expected, `${count} rows`);
    const kept = decisions.keep(rows);
    assert.deepEqual(await decisions.filterAsync(kept, PREDICATE, OPTIONS), expected);
    assert.deepEqual(await decisions.filterAsync(kept, { and: [] }, { sort: OPTIONS.sort }), decisions.filter(kept, { and: [] }, { sort: OPTIONS.sort }));
    kept.release();
  }
  assert.ok(turns > 3, `${turns} turns`);
});

test("rows that change between the turns are looked at as they are in the end", async () => {
  const kept = decisions.keep(rowsOf(150_000));
  between = () => turns % 4 === 0 && turns < 12 && kept.set(below(150_001), { open: true, name: "7", beds: 6, at: -turns });
  const filtered = await decisions.filterAsync(kept, PREDICATE, OPTIONS);
  assert.ok(turns > 12, `${turns} turns`);
  assert.deepEqual(filtered, decisions.filter(kept, PREDICATE, OPTIONS));
  turns = 0;
  between = () => turns === 2 && kept.replace(rowsOf(90_000));
  assert.deepEqual((await decisions.filterAsync(kept, { field: "name", contains: "99" })).rows, decisions.filter(kept, { field: "name", contains: "99" }).rows);
  // Without end: it is done at once then.
  kept.release();
  between = () => kept.set(below(90_000), { open: true, name: "7", beds: 6 });
  assert.ok((await decisions.filterAsync(kept, PREDICATE)).total > 0);
  kept.release();
});

test("a change before any of its turns is seen, also while what was found is counted and sorted", async () => {
  step = 5;
  const kept = decisions.keep(rowsOf(80_000));
  for (let at = 1; ; at += 1) {
    turns = 0;
    between = () => turns === at && kept.replace(rowsOf(80_000));
    const filtered = await decisions.filterAsync(kept, PREDICATE, OPTIONS);
    assert.deepEqual(filtered, decisions.filter(kept, PREDICATE, OPTIONS), `changed before turn ${at}`);
    if (turns >= at) continue;
    assert.ok(at > 10, `${at - 1} turns`);
    break;
  }
  kept.release();
});

test("it is broken off where it is, and what it held is given back", async () => {
  const reason = new Error("somebody typed on");
  for (let round = 0; round < 20; round += 1) {
    const controller = new AbortController();
    const stop = turns + 1 + (round % 3);
    between = () => turns >= stop && controller.abort(reason);
    await assert.rejects(decisions.filterAsync(rowsOf(60_000), PREDICATE, { signal: controller.signal }), reason);
  }
  await assert.rejects(decisions.filterAsync([], PREDICATE, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(decisions.filterAsync([], { field: "a", lt: NaN }), TypeError);
});

const policies = await decisions.policies({ ...source("policy/items.fbpt"), expires: Date.now() + 3_600_000 });
const PERMIT = policies.for({
  principal: { type: "User", id: "u1", parents: [{ type: "Role", id: "nurse" }], attributes: { tenant: "t1", region: "north", clearance: 4 } },
  action: "view", resourceType: "Item", context: { now: 0, mfa: true },
});
const itemsOf = (count) => Array.from({ length: count }, (_, at) => ({
  id: `item-${at}`, kind: of(["lab", "note", "scan"]), sensitivity: below(5), tenant: of(["t1", "t2"]), region: of(["north", "south"]), owner: { type: "User", id: of(["u1", "u2"]) }, sealed: next() < 0.2,
}));

test("policies permit and mask as they do at once, and nothing once they have expired or were released", async () => {
  const items = itemsOf(60_000);
  const permitted = PERMIT.permitted(items);
  assert.ok(permitted.length > 1_000 && permitted.length < 59_000);
  assert.deepEqual(await PERMIT.permittedAsync(items), permitted);
  const kept = decisions.keep(items);
  assert.deepEqual(await PERMIT.permittedAsync(kept), permitted);
  assert.deepEqual(await PERMIT.maskedAsync(items.slice(0, 3_000), { owner: "view.owner" }), PERMIT.masked(items.slice(0, 3_000), { owner: "view.owner" }));
  assert.ok(turns > 3, `${turns} turns`);
  kept.release();

  const others = await decisions.policies({ ...source("policy/items.fbpt"), expires: Date.now() + 3_600_000 });
  const permit = others.for({ principal: { type: "User", id: "u1" }, action: "view", resourceType: "Item", context: { now: 0, mfa: true } });
  turns = 0;
  between = () => turns === 2 && others.release();
  assert.deepEqual(await permit.permittedAsync(items), []);
  const thrown = itemsOf(20_000);
  Object.defineProperty(thrown[19_999], "kind", { get: () => { throw new Error("no"); } });
  assert.deepEqual(await PERMIT.permittedAsync(thrown), []);
  await assert.rejects(PERMIT.permittedAsync(items, { signal: AbortSignal.abort(new Error("off")) }), /off/);
});

const notice = (id) => ({
  id, priority: next() * 8 - 4, unread: next() < 0.5, createdAt: NOW - next() * 5 * 86_400_000, author: of(["ann", "bob", "cyd", "dan", undefined]),
  type: of(["mention", "task", "bill"]), size: of([next() * 40, NaN]), app: of(["mail", "chat"]),
});

test("a ranker orders as it does at once, also where it learns between the turns", async () => {
  const ranker = await decisions.ranker({ models: [source("decisions/inbox.forebay")], learn: new Uint8Array(), priority: "priority", time: "createdAt" });
  const histories = { opened: Array.from({ length: 40 }, () => ({ key: of(["ann", "bob"]), time: NOW - next() * 1e9 })) };
  for (const count of [0, 1, 500, 20_000]) {
    const items = Array.from({ length: count }, (_, id) => notice(id));
    const options = { now: NOW, histories, limit: 300, pinned: ({ id }) => id === 7, muted: ({ id }) => id % 11 === 0, spread: { author: 0.8 }, recency: { halfLife: 86_400, weight: 0.3 } };
    assert.deepEqual(await ranker.rankAsync(items, options), ranker.rank(items, options), `${count} items`);
    assert.deepEqual(await ranker.rankAsync(items, { now: NOW }), ranker.rank(items, { now: NOW }));
  }
  assert.ok(turns > 3, `${turns} turns`);
  const items = Array.from({ length: 20_000 }, (_, id) => notice(id));
  turns = 0;
  let asked = 0;
  between = () => {
    asked += 1;
    ranker.rank(items.slice(0, 50), { now: NOW });
    ranker.why(items[0], 3, { now: NOW });
    if (asked === 3) ranker.forget();
  };
  assert.deepEqual(await ranker.rankAsync(items, { now: NOW }), ranker.rank(items, { now: NOW }));
  assert.ok(asked > 3);
  await assert.rejects(ranker.rankAsync(items, { signal: AbortSignal.abort(new Error("off")) }), /off/);
  between = () => ranker.release();
  assert.deepEqual(await ranker.rankAsync(items, { now: NOW }), ranker.rank(items, { now: NOW }));
});
