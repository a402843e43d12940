// Which objects of an old answer live on in a new one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze, isDeepFrozen, random, share } from "./client.mjs";

const frozen = (value) => deepFreeze(structuredClone(value));

test("what is equal is the same object, whatever the order of members", () => {
  for (const value of [{ a: [1, { b: null }], c: "" }, [], {}, [[{}]], [{ id: 1 }, { id: 1 }], [{ id: 2, a: {} }, { id: 1, a: {} }]]) {
    const before = frozen(value);
    assert.equal(share(before, frozen(value)), before, JSON.stringify(value));
  }
  const before = frozen({ a: 1, b: { c: 1, d: [2] } });
  assert.equal(share(before, frozen({ b: { d: [2], c: 1 }, a: 1 })), before);
});

test("plain values, other kinds and unlike shapes are those of the new answer", () => {
  const cases = [[1, 1], [1, 2], [null, {}], [{}, null], [[], {}], [{}, []], [{ a: 1 }, {}], [{}, { a: 1 }], [{ a: 1 }, { b: 1 }], [[1], []], [[], [1]], ["1", 1], [undefined, [{}]], [[null], [undefined]]];
  for (const [before, after] of cases) assert.deepStrictEqual(share(frozen(before), frozen(after)), after);
  assert.notEqual(share({}, JSON.parse('{"__proto__": {}}'))["__proto__"], Object.prototype); // what is inherited is no counterpart
  assert.deepEqual(share(frozen({ a: {} }), { hasOwnProperty: {} }), { hasOwnProperty: {} });
});

test("what has changed is new, what surrounds it too, and all else is the old", () => {
  const before = frozen({ head: { x: 1 }, rows: [{ v: 1, deep: { a: [] } }, { v: 2 }], tail: [{}] });
  const after = frozen({ head: { x: 1 }, rows: [{ v: 9, deep: { a: [] } }, { v: 2 }], tail: [{}] });
  const result = share(before, after);
  assert.deepEqual(result, after);
  assert.deepEqual([result === before, result.rows === before.rows, result.rows[0] === before.rows[0]], [false, false, false]);
  assert.deepEqual([result.head === before.head, result.rows[1] === before.rows[1], result.rows[0].deep === before.rows[0].deep, result.tail === before.tail], [true, true, true, true]);
});

test("what has nothing of the old is the new answer itself, not a copy", () => {
  const after = frozen({ a: { b: 2 } });
  assert.equal(share(frozen({ a: { b: 1 } }), after), after);
  assert.equal(share(undefined, after), after);
});

test("rows with an id are known wherever they stand", () => {
  for (const name of [{}, { __typename: "Row" }]) {
    const row = (id) => ({ ...name, id, cells: [{ of: id }] });
    const before = frozen([row(1), row(2), row("2"), row(3)]);
    const inserted = share(before, frozen([row(0), row(1), row(2), row("2"), row(3)]));
    assert.deepEqual(inserted, [row(0), row(1), row(2), row("2"), row(3)]);
    assert.deepEqual([1, 2, 3, 4].map((at) => inserted[at] === before[at - 1]), [true, true, true, true]);
    const turned = share(before, frozen([row(3), row("2"), row(1)]));
    assert.deepEqual([turned[0] === before[3], turned[1] === before[2], turned[2] === before[0]], [true, true, true]);
  }
});

test("the same id of another type is another row", () => {
  const before = frozen([{ __typename: "Cat", id: 1, tag: {} }, { __typename: "Dog", id: 1, tag: { x: 1 } }]);
  const after = frozen([{ __typename: "Dog", id: 1, tag: { x: 1 } }, { __typename: "Cat", id: 1, tag: {} }]);
  const result = share(before, after);
  assert.deepEqual([result[0] === before[1], result[1] === before[0]], [true, true]);
});

test("`__proto__` is a member like any other", () => {
  const before = deepFreeze(JSON.parse('{"__proto__": {"a": {"x": 1}, "b": 1}, "c": 1}'));
  const result = share(before, deepFreeze(JSON.parse('{"__proto__": {"a": {"x": 1}, "b": 2}, "c": 1}')));
  assert.equal(JSON.stringify(result), '{"__proto__":{"a":{"x":1},"b":2},"c":1}');
  assert.equal(Object.getPrototypeOf(result), Object.prototype);
});

test("a thousand levels are no trouble", () => {
  const deep = (leaf) => deepFreeze(JSON.parse('{"a":['.repeat(500) + leaf + "]}".repeat(500)));
  const before = deep('{"x":{},"v":1}');
  assert.equal(share(before, deep('{"x":{},"v":1}')), before);
  assert.ok(isDeepFrozen(share(before, deep('{"x":{},"v":2}'))));
});

test("a hundred thousand levels are given as they are", () => {
  const deep = (leaf) => JSON.parse('{"a":['.repeat(50_000) + leaf + "]}".repeat(50_000));
  const after = deep(2);
  let at = share(deep(1), after);
  for (let level = 0; level < 100_000; level += 1) at = at.a ?? at[0];
  assert.equal(at, 2);
});

test("random answers: always the new one's content, shared wherever the counterpart is equal, frozen, nothing changed", () => {
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const next = random(seed);
    const before = deepFreeze(value(next));
    const after = next() < 0.5 ? value(next) : changed(structuredClone(before), next);
    const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
    const result = share(before, after);
    assert.equal(JSON.stringify(after), is);
    assert.equal(JSON.stringify(before), was);
    assert.deepStrictEqual(result, JSON.parse(is));
    assert.ok(isDeepFrozen(result));
    if (is === was) assert.equal(result, before);
    else sharedByPlace(before, result);
  }
});

/** Members of objects, and rows without ids, are the old ones where they are equal. */
function sharedByPlace(before, result) {
  if (!before || !result || typeof before !== "object" || typeof result !== "object" || Array.isArray(before) !== Array.isArray(result)) return;
  if (JSON.stringify(before) === JSON.stringify(result)) return assert.equal(result, before);
  for (const key of Object.keys(result)) {
    if (Object.hasOwn(before, key) && before[key]?.id === result[key]?.id) sharedByPlace(before[key], result[key]);
  }
}

function value(next, depth = 0) {
  const kind = next();
  if (depth > 3 || kind < 0.3) return [null, true, 0, 1, "", "a"][Math.floor(next() * 6)];
  if (kind < 0.6) return Array.from({ length: Math.floor(next() * 4) }, () => value(next, depth + 1));
  const made = {};
  if (next() < 0.4) made.id = Math.floor(next() * 4);
  for (const key of ["a", "b", "c"]) if (next() < 0.6) made[key] = value(next, depth + 1);
  return made;
}

/** With one member or row put in, taken out or replaced, somewhere. */
function changed(value, next) {
  if (!value || typeof value !== "object") return next() < 0.5 ? value : 7;
  const keys = Object.keys(value);
  const key = keys[Math.floor(next() * keys.length)];
  const how = next();
  if (key === undefined || how < 0.2) Array.isArray(value) ? value.unshift({ id: 9 }) : (value.z = 1);
  else if (how < 0.4) Array.isArray(value) ? value.splice(Number(key), 1) : delete value[key];
  else value[key] = changed(value[key], next);
  return value;
}
