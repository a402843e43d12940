// What an answer can be invalidated by.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deepFreeze, labelsOf } from "./client.mjs";

test("types, and entities with their ids, wherever they stand and once each", () => {
  const data = deepFreeze({
    __typename: "Query",
    patient: { __typename: "Patient", id: "7", ward: { __typename: "Ward", name: "A" } },
    list: [[{ __typename: "Patient", id: 7 }, null], [{ __typename: "Patient", id: 8, of: { __typename: "Patient", id: "x:y" } }]],
    id: 1, text: "Patient:9", none: null,
  });
  assert.deepEqual(labelsOf(data).sort(), ["Patient", "Patient:7", "Patient:8", "Patient:x:y", "Query", "Query:1", "Ward"]);
});

test("what does not say its type, or says it oddly, has no label", () => {
  for (const value of [null, undefined, 1, "Patient", [], {}, { id: 1 }, { __typename: 1, id: 1 }, { __typename: null }]) assert.deepEqual(labelsOf(value), []);
  assert.deepEqual(labelsOf([{ __typename: "T", id: null }, { __typename: "T", id: { id: 1 } }, { __typename: "T", id: true }]), ["T"]);
});

test("a thousand at most, but every type", () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => ({ __typename: "Row", id }));
  const labels = labelsOf([rows, { __typename: "Late", id: 1 }]);
  assert.equal(labels.length, 1_001);
  assert.ok(labels.includes("Row") && labels.includes("Row:998") && labels.includes("Late"));
  assert.ok(!labels.includes("Row:999") && !labels.includes("Late:1"));
});

test("a hundred thousand levels are read to the last", () => {
  const deep = JSON.parse('{"__typename":"Outer","a":['.repeat(50_000) + '{"__typename":"Inner","id":7}' + "]}".repeat(50_000));
  assert.deepEqual(labelsOf(deep), ["Outer", "Inner", "Inner:7"]);
});
