import assert from "node:assert/strict";
import { test } from "node:test";
import { data, json, load, loadApart, random, sha256 } from "./module.mjs";
import { logit, order, sigmoid } from "./plain-ranking.mjs";

const decisions = await load();
const { next, of, below } = random(3);
const source = (name) => ({ bytes: data(name), sha256: sha256(data(name)) });
const INBOX = source("decisions/inbox.forebay");
const TREES = json("models/lightgbm-binary.json");
const NOW = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const OPENED = Array.from({ length: 60 }, () => ({ key: of(["ann", "bob", "cyd", "nobody"]), time: NOW - next() * 14 * DAY }));
const KNOWN = { now: NOW, opened: OPENED };
const OPTIONS = { now: NOW, histories: { opened: OPENED } };

function itemOf(id) {
  const item = {
    id, priority: next() * 8 - 4, unread: next() < 0.5, createdAt: NOW - next() * 5 * DAY, author: of(["ann", "bob", "cyd", "dan"]),
    type: of(["mention", "task", "bill", "other"]), size: next() * 40, app: of(["mail", "chat", "fax"]),
  };
  if (next() < 0.3) item[of(["priority", "createdAt", "author", "type", "size", "app"])] = of([undefined, null, {}, NaN, [], Infinity]);
  return item;
}
const itemsOf = (count) => Array.from({ length: count }, (_, id) => itemOf(id));
const close = (left, right, by, what) => assert.ok(Math.abs(left - right) <= by, `${what ?? ""} ${left} is not ${right}`);

test("scores and order of random items are those of the plain version, from an item's fields to its place", async () => {
  const ranker = await decisions.ranker({ models: [INBOX] });
  assert.equal(ranker.model.id, "inbox");
  assert.deepEqual(ranker.problems, []);
  for (let round = 0; round < 30; round += 1) {
    const items = itemsOf(1 + below(300));
    const score = (item) => sigmoid(logit(TREES, item, KNOWN));
    const ranked = ranker.rank(items, OPTIONS);
    assert.equal(ranked.length, items.length);
    for (const { item, score: given } of ranked) close(given, score(item), 1e-6, JSON.stringify(item));
    assert.deepEqual(ranked.map(({ item }) => item.id), order(items, { score }).map(({ id }) => id));
    const [pinned, muted] = [below(items.length), below(items.length)];
    const options = { ...OPTIONS, limit: 20, pinned: ({ id }) => id === pinned, muted: ({ id }) => id === muted && id !== pinned, spread: { author: 0.5, app: 0.75 } };
    const mark = ({ id }) => (id === pinned ? 1 : id === muted ? 2 : 0);
    assert.deepEqual(ranker.rank(items, options).map(({ item }) => item.id), order(items, { score, mark, spread: options.spread, limit: 20 }).map(({ id }) => id));
  }
});

test("models of all kinds score as those who trained them say", async () => {
  for (const [file, table] of [["models/lightgbm-binary.forebay", "lightgbm-binary"], ["decisions/logistic.forebay", "sklearn-logistic"], ["decisions/mlp.forebay", "sklearn-mlp"]]) {
    const [names, ...lines] = data(`models/${table}.csv`).toString().trim().split("\n").map((line) => line.split(","));
    const rows = lines.map((line) => Object.fromEntries(line.map((value, at) => [names[at], value === "" ? undefined : Number(value)])));
    const ranker = await decisions.ranker({ models: [source(file)] });
    const ranked = ranker.rank(rows);
    assert.equal(ranked.length, rows.length);
    for (const { item, score } of ranked) close(score, item.prediction, 2e-6, file);
  }
});

test("reasons add up to what makes two items differ, and are words", async () => {
  const ranker = await decisions.ranker({ models: [INBOX], names: { "opened before": "that you opened others of this author" } });
  const explained = itemsOf(40).map((item) => ({ item, reasons: ranker.why(item, Infinity, OPTIONS) }));
  const sum = ({ reasons }) => reasons.reduce((sum, { effect }) => sum + effect, 0);
  for (const one of explained) {
    close(sum(one) - sum(explained[0]), logit(TREES, one.item, KNOWN) - logit(TREES, explained[0].item, KNOWN), 1e-6);
    const sizes = one.reasons.map(({ effect }) => Math.abs(effect));
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
    for (const { effect, words } of one.reasons) assert.match(words, effect > 0 ? / raises it$/ : / lowers it$/);
    assert.deepEqual(ranker.why(one.item, 2, OPTIONS), one.reasons.slice(0, 2));
  }
  assert.ok(explained.some(({ reasons }) => reasons.some(({ words }) => words.startsWith("that you opened others of this author "))));
  const mlp = await decisions.ranker({ models: [source("decisions/mlp.forebay")] });
  assert.deepEqual(mlp.why({ f0: 1 }, 3), []);
});

const plain = (items) => [...items].sort((a, b) => b.priority - (NOW - b.createdAt) / DAY - (a.priority - (NOW - a.createdAt) / DAY));
const ordered = () => Array.from({ length: 50 }, (_, id) => ({ id, priority: below(3), createdAt: new Date(NOW - next() * 3 * DAY) }));

test("the newest model that can be had is used, then the one before, then priority and age", async () => {
  const wrong = { ...INBOX, sha256: INBOX.sha256.replace(/^./, (digit) => (digit === "0" ? "1" : "0")) };
  const cut = { bytes: INBOX.bytes.subarray(0, 900), sha256: sha256(INBOX.bytes.subarray(0, 900)) };
  const missing = { url: new URL("file:///nowhere.forebay"), sha256: sha256("nowhere") };
  const second = await decisions.ranker({ models: [wrong, cut, missing, INBOX] });
  assert.equal(second.model.id, "inbox");
  assert.equal(second.problems.length, 3);
  assert.match(second.problems[0], /SHA-256/);

  assert.equal(await second.use(wrong), false);
  assert.equal(second.model.id, "inbox");
  const items = itemsOf(30);
  for (const { item, score } of second.rank(items, OPTIONS)) close(score, sigmoid(logit(TREES, item, KNOWN)), 1e-6);
  assert.equal(await second.use(source("decisions/logistic.forebay")), true);
  assert.equal(second.model.id, "logistic");

  const none = await decisions.ranker({ models: [wrong], priority: "priority", time: "createdAt" });
  const without = await (await loadApart({ wasm: new URL("file:///nowhere.wasm") })).ranker({ models: [INBOX], priority: "priority", time: "createdAt" });
  const halved = await (await loadApart({ ranking: { wasm: new URL("file:///nowhere.wasm") } })).ranker({ models: [INBOX], priority: "priority", time: "createdAt" });
  for (const ranker of [none, without, halved]) {
    assert.equal(ranker.model, undefined);
    assert.ok(ranker.problems.length > 0);
    const items = ordered();
    const ranked = ranker.rank(items, { now: NOW });
    assert.deepEqual(ranked.map(({ item }) => item.id), plain(items).map(({ id }) => id));
    assert.ok(ranked.every(({ score }) => score === undefined));
    assert.deepEqual(ranker.why(items[0], 3), []);
    const marked = ranker.rank(items, { now: NOW, limit: 3, pinned: ({ id }) => id === 7 });
    assert.equal(marked.length, 3);
    assert.equal(marked[0].item.id, 7);
    assert.equal(ranker.feedback(items[0], "opened", 0), false);
    assert.equal(ranker.learned(), undefined);
    ranker.forget();
  }
});

test("odd items and getters that throw do not fail a page", async () => {
  const ranker = await decisions.ranker({ models: [INBOX], priority: "priority", time: "createdAt" });
  const odd = [{}, { priority: Symbol("p"), author: 7 }, Object.create(null), { priority: 1n, createdAt: "today" }];
  assert.equal(ranker.rank(odd).length, 4);
  const bad = [{ priority: 0, createdAt: NOW }, { get priority() { throw new Error("not now"); }, createdAt: NOW }, { priority: 2, createdAt: NOW }];
  assert.deepEqual(ranker.rank(bad, { now: NOW }).map(({ item }) => item.createdAt && bad.indexOf(item)), [2, 0, 1]);
  assert.deepEqual(ranker.rank([]), []);
  assert.ok(ranker.rank(itemsOf(3), OPTIONS).every(({ score }) => score > 0));
});

test("what is pinned may be decided by a filter, and by what throws", async () => {
  const ranker = await decisions.ranker({ models: [INBOX] });
  const items = itemsOf(50);
  const expected = order(items, { score: (item) => sigmoid(logit(TREES, item, KNOWN)), mark: ({ app }) => (app === "fax" ? 1 : 0) });
  const pinned = (item) => decisions.filter([item], { field: "app", eq: "fax" }).total === 1;
  assert.deepEqual(ranker.rank(items, { ...OPTIONS, pinned }).map(({ item }) => item.id), expected.map(({ id }) => id));
  assert.equal(ranker.rank(items, { pinned() { throw new Error("not now"); } }).length, 50);
});

test("a device learns from one person, within bounds; it can be taken along and erased", async () => {
  const ranker = await decisions.ranker({ models: [INBOX], learn: true });
  const [task, mention] = ["task", "mention"].map((type) => ({ priority: 0, createdAt: NOW, author: "ann", size: 3, app: "mail", type }));
  const of = (ranker, item) => ranker.rank([item], OPTIONS)[0].score;
  const logits = (score) => Math.log(score / (1 - score));
  const before = [task, mention].map((item) => of(ranker, item));
  for (let event = 0; event < 40; event += 1) {
    assert.ok(ranker.feedback(task, "opened", 1, OPTIONS));
    assert.ok(ranker.feedback(mention, event % 2 ? "dismissed" : "ignored", 0, OPTIONS));
  }
  const after = [task, mention].map((item) => of(ranker, item));
  const gains = after.map((score, at) => logits(score) - logits(before[at]));
  assert.ok(gains[0] > gains[1] + 0.3 && gains[0] <= 1.5 + 1e-5, `${gains}`);

  const state = ranker.learned();
  const other = await decisions.ranker({ models: [INBOX], learn: state });
  assert.deepEqual([task, mention].map((item) => of(other, item)), after);
  assert.deepEqual(other.learned(), state);

  ranker.forget();
  assert.deepEqual([task, mention].map((item) => of(ranker, item)), before);
  assert.notDeepEqual(ranker.learned(), state);
  for (const bytes of [new Uint8Array([1, 2, 3]), state.subarray(0, state.length - 1), new Uint8Array()]) {
    const anew = await decisions.ranker({ models: [INBOX], learn: bytes });
    assert.deepEqual([task, mention].map((item) => of(anew, item)), before);
  }
  for (let event = 0; event < 10; event += 1) ranker.feedback(mention, "dismissed", 0, OPTIONS);
  assert.ok(of(ranker, mention) < before[1]);
  const fixed = await decisions.ranker({ models: [INBOX] });
  assert.equal(fixed.feedback(task, "opened", 0, OPTIONS), false);
  assert.equal(fixed.learned(), undefined);
  assert.equal(ranker.feedback(task, "admired", 0, OPTIONS), false);
});

test("what a model is fed with is counted", async () => {
  const ranker = await decisions.ranker({ models: [INBOX], learn: true });
  const items = itemsOf(200);
  ranker.rank(items, OPTIONS);
  ranker.feedback(items[0], "opened", 0, OPTIONS);
  const { rows, features } = ranker.report();
  assert.equal(rows, 200);
  const by = Object.fromEntries(features.map((counts) => [counts.feature, counts]));
  assert.equal(by.priority.missing, items.filter(({ priority }) => !Number.isFinite(priority)).length);
  assert.equal(by.type.unknown, items.filter(({ type }) => type === "other").length);
});

test("more texts than are kept do not change what comes out", async () => {
  const ranker = await decisions.ranker({ models: [INBOX] });
  for (let round = 0; round < 4; round += 1) {
    const items = Array.from({ length: 700 }, (_, id) => ({ ...itemOf(id), author: `author ${round} ${id}` }));
    const opened = items.slice(0, 50).map(({ author }) => ({ key: author, time: NOW - DAY }));
    for (const { item, score } of ranker.rank(items, { now: NOW, histories: { opened } })) close(score, sigmoid(logit(TREES, item, { now: NOW, opened })), 1e-6);
  }
});

test("unknown options and wrong values are refused at once", async () => {
  await assert.rejects(decisions.ranker({ modles: [] }), /invalid-option|unknown option modles; expected one of models/);
  await assert.rejects(decisions.ranker({ halfLife: "a day" }), /halfLife must be a number from 0/);
  const ranker = await decisions.ranker();
  assert.throws(() => ranker.rank([{ a: 1 }], { limt: 3 }), /unknown option limt/);
  assert.throws(() => decisions.filter([{ a: 1 }], { field: "a", is: 1 }, { offset: -1 }), /offset must be a whole number from 0/);
});
