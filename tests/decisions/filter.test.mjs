import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { json, load, loadApart, random } from "./module.mjs";
import { truth } from "./plain-filter.mjs";

const decisions = await load();
const { next, of, below } = random(5);

const TEXTS = ["", "x", "X", "y", "xy", "xyx", "Ä", "ä", "İ", "\u{1f600}", "\uffff"];
const NUMBERS = [-2.5, -0, 0, 1, 2, 1e17];
const list = (from) => Array.from({ length: below(4) }, () => of(from));
const FIELDS = ["a", "b", "c", "d"];

function testOf() {
  const object = { field: of(FIELDS) };
  const isText = next() < 0.5;
  const one = () => of(isText ? TEXTS : NUMBERS);
  for (let count = 1 + below(2); count > 0; count -= 1) {
    const name = of(["eq", "ne", "lt", "le", "gt", "ge", "has", "in", "hasAny", "hasAll", "contains", "startsWith", "endsWith", "null", "flag", "eqNull"]);
    if (name === "null") object.null = next() < 0.5;
    else if (name === "flag") object.eq = next() < 0.5;
    else if (name === "eqNull") object.ne = null;
    else if (["in", "hasAny", "hasAll"].includes(name)) object[name] = list(isText ? TEXTS : NUMBERS);
    else if (name.endsWith("With") || name === "contains") object[name] = of(TEXTS);
    else object[name] = one();
  }
  const ofText = ([name, value]) => name === "field" || (["eq", "ne", "lt", "le", "gt", "ge", "contains", "startsWith", "endsWith"].includes(name) && typeof value === "string");
  if (next() < 0.3 && Object.entries(object).every(ofText)) object.fold = true;
  return object;
}

function predicateOf(depth = 3) {
  const kind = depth ? below(5) : 4;
  const parts = () => Array.from({ length: below(4) }, () => predicateOf(depth - 1));
  if (kind === 0) return { and: parts() };
  if (kind === 1) return { or: parts() };
  if (kind === 2) return { not: predicateOf(depth - 1) };
  if (kind === 3) return { ...testOf(), not: predicateOf(depth - 1) };
  return testOf();
}

function rowOf() {
  const row = {};
  for (const field of FIELDS) {
    const value = of([of(TEXTS), of(TEXTS), of(NUMBERS), of(NUMBERS), true, false, null, undefined, { x: 1 }, list(TEXTS), list(NUMBERS), ["x", 1], NaN]);
    if (value !== undefined) row[field] = Number.isNaN(value) ? { not: "a number" } : value;
  }
  return row;
}

test("random predicates over random rows choose what a plain reading chooses, from objects and from kept columns", () => {
  let chosen = 0;
  for (let round = 0; round < 300; round += 1) {
    const rows = Array.from({ length: 1 + below(200) }, rowOf);
    const kept = decisions.keep(rows);
    for (let again = 0; again < 4; again += 1) {
      const predicate = predicateOf();
      const expected = () => kept.rows.filter((row) => truth(predicate, row) === true);
      assert.deepEqual(decisions.filter(kept, predicate).rows, expected(), JSON.stringify(predicate));
      assert.deepEqual(decisions.filter(kept.rows, predicate).rows, expected());
      for (let change = below(4); change > 0; change -= 1) kept.set(below(kept.rows.length + 1), rowOf());
      if (next() < 0.1) kept.replace(Array.from({ length: below(150) }, rowOf));
      const after = decisions.filter(kept, predicate);
      assert.deepEqual(after.rows, expected(), JSON.stringify(predicate));
      assert.equal(after.total, after.rows.length);
      chosen += after.total;
    }
    if (next() < 0.5) kept.release();
  }
  assert.ok(chosen > 10_000);
});

test("the vectors that every port can check", () => {
  for (const { predicate, rows, chosen } of json("permit/predicates.json")) {
    assert.deepEqual(decisions.filter(rows, predicate).rows, chosen.map((at) => rows[at]), JSON.stringify(predicate));
  }
});

test("mistakes are said with their place", () => {
  for (const { predicate, path, what } of json("permit/mistakes.json")) {
    assert.throws(() => decisions.filter([], predicate), ({ name, message }) => name === "TypeError" && message.startsWith(path) && message.includes(what), path);
  }
  assert.throws(() => decisions.filter([], { field: "a", lt: NaN }), { name: "TypeError", message: "predicate.lt must be finite" });
  assert.throws(() => decisions.filter([], { field: "a", eq: 1n }), { name: "TypeError", message: "predicate.eq is no JSON" });
  const endless = { and: [] };
  endless.and.push(endless);
  assert.throws(() => decisions.filter([], endless), /nested deeper than 24 levels/);
});

test("rows stay themselves: ordered, counted, added up and paged", () => {
  const rows = Array.from({ length: 500 }, (_, id) => ({ id, ward: of(["b", "a", undefined]), beds: of([1, 2, 3, null]), open: next() < 0.5 }));
  const chosen = rows.filter((row) => row.open);
  const result = decisions.filter(rows, { field: "open", eq: true }, { sort: [{ field: "ward" }, { field: "beds", descending: true }], count: "ward", sum: ["beds"], offset: 10, limit: 25 });
  const place = (row) => [{ a: 0, b: 1 }[row.ward] ?? 2, row.beds === null ? 4 : 3 - row.beds, row.id];
  const expected = [...chosen].sort((a, b) => {
    const [left, right] = [place(a), place(b)];
    const at = left.findIndex((value, at) => value !== right[at]);
    return left[at] - right[at];
  });
  assert.equal(result.total, chosen.length);
  assert.deepEqual(result.rows, expected.slice(10, 35));
  assert.equal(result.rows[0], rows[result.rows[0].id]);
  assert.equal(result.sums.beds, chosen.reduce((sum, { beds }) => sum + (beds ?? 0), 0));
  for (const ward of ["a", "b", undefined]) assert.equal(result.counts.get(ward), chosen.filter((row) => row.ward === ward).length);
});

test("memory may grow in the middle of a column", () => {
  const rows = Array.from({ length: 20_000 }, (_, at) => ({ name: `${at} ${"n".repeat(at % 300)}`, at }));
  const kept = decisions.keep(rows);
  assert.deepEqual(decisions.filter(kept, { field: "name", startsWith: "1999" }).rows.map(({ at }) => at), [1999, ...Array.from({ length: 10 }, (_, at) => 19_990 + at)]);
  kept.release();
});

test("large tables are prepared in slices, whatever happens between them", async () => {
  const rowsOf = (count) => Array.from({ length: count }, (_, at) => ({ at, name: `name ${at}`, tags: [`t${at % 7}`] }));
  const predicate = { and: [{ field: "at", lt: 60_000 }, { field: "name", endsWith: "9" }, { field: "tags", has: "t3" }] };
  const expected = ({ rows }) => rows.filter(({ at, name, tags }) => at < 60_000 && name.endsWith("9") && tags.includes("t3"));
  const kept = decisions.keep(rowsOf(120_000));
  let turns = 0;
  const counting = setInterval(() => (turns += 1), 0);
  let isDone = false;
  const preparing = kept.prepare(predicate).then(() => (isDone = true));
  for (let step = 0; !isDone; step += 1) {
    await new Promise((done) => setTimeout(done));
    if (step === 1) kept.set(5, { at: 5, name: "9", tags: ["t3"] });
    if (step === 2) kept.set(kept.rows.length, { at: 1, name: "9", tags: ["t3"] });
    if (step === 3) assert.deepEqual(decisions.filter(kept, { field: "at", lt: 3 }).rows.map(({ at }) => at), [0, 1, 2, 1]);
    if (step === 4) kept.replace(rowsOf(100_000));
  }
  await preparing;
  clearInterval(counting);
  assert.ok(turns > 3, `${turns}`);
  assert.deepEqual(decisions.filter(kept, predicate).rows, expected(kept));
  const half = decisions.keep(rowsOf(200_000));
  half.set(1, { at: 70_000, name: "none", tags: [] });
  const rest = half.prepare(predicate);
  half.set(1, { at: 1, name: "9", tags: ["t3"] });
  assert.deepEqual(decisions.filter(half, predicate).rows, expected(half));
  await rest;
  assert.deepEqual(decisions.filter(half, predicate).rows, expected(half));
  await assert.rejects(kept.prepare({ field: "at", above: 1 }), /is not known/);
  for (const rows of [kept, half]) rows.release();
});

test("a getter that throws leaves nothing behind, and one that decides is refused", () => {
  let isBad = true;
  const rows = [{ a: 1 }, { get a() { if (isBad) throw new Error("not now"); return 1; } }];
  const kept = decisions.keep(rows);
  assert.throws(() => decisions.filter(kept, { field: "a", eq: 1 }), /not now/);
  isBad = false;
  assert.equal(decisions.filter(kept, { field: "a", eq: 1 }).total, 2);
  const deciding = [{ get a() { return decisions.filter([], {}).total; } }];
  assert.throws(() => decisions.filter(deciding, { field: "a", eq: 0 }), /getter of a row/);
  assert.equal(decisions.filter(kept, { field: "a", eq: 1 }).total, 2);
});

test("what every object inherits is no value, and what a class gives is one", () => {
  class Ward {
    get beds() { return 4; }
  }
  for (const field of ["constructor", "toString", "__proto__"]) assert.equal(decisions.filter([{}, new Ward()], { field, null: true }).total, 2, field);
  assert.equal(decisions.filter([new Ward(), { constructor: 1 }], { or: [{ field: "beds", eq: 4 }, { field: "constructor", eq: 1 }] }).total, 2);
});

test("without its module it says so", async () => {
  const none = await loadApart({ wasm: new URL("file:///nowhere/decisions.wasm") });
  assert.match(none.problem, /could not be loaded/);
  assert.throws(() => none.filter([{ a: 1 }], { field: "a", eq: 1 }), /could not be loaded/);
  const { "decisions.wasm": wasmIntegrity } = JSON.parse(readFileSync(new URL("../../pkg/integrity.json", import.meta.url), "utf8"));
  assert.equal((await loadApart({ wasmIntegrity })).problem, undefined);
  const other = await loadApart({ wasmIntegrity: "sha384-AAAA" });
  assert.match(other.problem, /integrity/);
});
