// The same attacks on three that say what a person may see: items that lack what a policy reads, or have it of another
// kind. The judge is Cedar, read strictly: allowed, and no policy in error.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createMongoAbility, subject } from "@casl/ability";
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { data, load, random, sha256 } from "./module.mjs";

const ATTACKS = 5_000;
const { next, of, below } = random(23);
const text = data("policy/attack/attack.cedar").toString();
const program = data("policy/attack/attack.fbpt");
const policies = await (await load()).policies({ bytes: program, sha256: sha256(program), expires: Infinity });
const permit = policies.for({ principal: { type: "User", id: "me" }, action: "view", resourceType: "Item" });
const ability = createMongoAbility([
  { action: "view", subject: "Item", conditions: { tenant: "t1", level: { $lt: 5 } } },
  { inverted: true, action: "view", subject: "Item", conditions: { $or: [{ state: "closed" }, { tags: "secret" }] } },
]);

/** Values as Cedar has them: it knows no null and no fractions, and what it cannot read is not there. */
function inCedar(value) {
  if (typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value)) return value;
  if (Array.isArray(value)) return value.map(inCedar).filter((element) => element !== undefined);
  return value && typeof value === "object" ? {} : undefined;
}

function asked(item) {
  const attrs = Object.fromEntries(Object.entries(item).map(([name, value]) => [name, inCedar(value)]).filter(([, value]) => value !== undefined));
  const resource = { type: "Item", id: "it" };
  const answer = cedar.isAuthorized({
    principal: { type: "User", id: "me" }, action: { type: "Action", id: "view" }, resource, context: {},
    policies: { staticPolicies: text }, entities: [{ uid: resource, attrs, parents: [] }],
  });
  assert.equal(answer.type, "success", JSON.stringify(answer));
  return { allowed: answer.response.decision === "allow", isWhole: answer.response.diagnostics.errors.length === 0 };
}

const VALUES = [undefined, null, "t1", "closed", "open", 3, -1, 0.5, NaN, true, [], ["t1"], ["secret"], [3], {}, { level: 1 }];
function attack() {
  const item = { tenant: of(["t1", "t1", "t2"]), state: of(["open", "open", "closed"]), level: below(7), tags: of([[], ["x"], ["secret"]]) };
  for (let times = below(3); times > 0; times -= 1) {
    const field = of(Object.keys(item));
    if (next() < 0.4) delete item[field];
    else item[field] = of(VALUES);
    if (Object.keys(item).length === 0) break;
  }
  return item;
}

test(`of ${ATTACKS} attacks none shows what must not be shown`, (context) => {
  const open = { "Forebay": 0, "cedar-wasm": 0, "CASL": 0 };
  let [permitted, shown, denied] = [0, 0, 0];
  for (let round = 0; round < ATTACKS; round += 1) {
    const item = attack();
    const { allowed, isWhole } = asked(item);
    const may = allowed && isWhole;
    const ours = permit.permits({ id: "it", ...item });
    if (may) permitted += 1;
    else denied += 1;
    if (may && ours) shown += 1;
    if (!may && ours) open.Forebay += 1;
    if (!may && allowed) open["cedar-wasm"] += 1;
    if (!may && ability.can("view", subject("Item", { ...item }))) open.CASL += 1;
  }
  for (const [who, count] of Object.entries(open)) context.diagnostic(`${who}: shows ${count} of ${denied} items that must not be shown`);
  context.diagnostic(`Forebay: shows ${shown} of ${permitted} items that may be shown`);
  assert.equal(open.Forebay, 0);
  // Else the attacks are none.
  assert.ok(open["cedar-wasm"] > 100 && open.CASL > 100 && permitted > 300, JSON.stringify({ ...open, permitted }));
  // Stricter than strict: that a value is of another kind than the schema says is an error here, and unequal in Cedar.
  assert.ok(shown > permitted / 2);
});
