// CASL's rules, compiled, beside CASL itself: what it denies is denied, and what is whole is decided alike.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildMongoQueryMatcher, createMongoAbility, subject } from "@casl/ability";
import { unpackRules } from "@casl/ability/extra";
import { $and, $nor, $not, $or, and, nor, not, or } from "@ucast/mongo2js";
import { data, json, load, random, sha256 } from "./module.mjs";

const { next, of, below } = random(17);
const program = data("policy/casl/rules.fbpt");
const rules = json("policy/casl/rules.json");
// CASL brings the logical operators along without turning them on: left so, a condition with one never matches.
const conditionsMatcher = buildMongoQueryMatcher({ $and, $nor, $not, $or }, { and, nor, not, or });
const ability = createMongoAbility(rules.map((rule) => (Array.isArray(rule) ? unpackRules([rule])[0] : rule)), { conditionsMatcher });
const policies = await (await load()).policies({ bytes: program, sha256: sha256(program), expires: Infinity });
assert.equal(policies.problem, undefined);

/** What each of the schema's actions is to CASL. */
const ACTIONS = { view: ["view"], edit: ["edit"], "view.title": ["view", "title"] };
const casl = (action, item) => {
  const [verb, field] = ACTIONS[action];
  return ability.can(verb, subject("Item", { ...item }), field);
};
const permitOf = (action) => policies.for({ principal: { type: "User", id: "u1" }, action, resourceType: "Item" });

const whole = () => ({
  id: `i${below(1e6)}`, tenant: of(["t1", "t2"]), owner: of(["u1", "u2", "root"]), kind: of(["note", "task", "secret", "draft"]),
  state: of(["open", "closed", "open", "late"]), level: below(10), open: next() < 0.5, tags: of([[], ["public"], ["public", "x"], ["x"]]),
});
const FIELDS = ["tenant", "owner", "kind", "state", "level", "open", "tags"];

test("whole items are decided as by CASL", () => {
  const shown = {};
  for (let round = 0; round < 5_000; round += 1) {
    const item = whole();
    for (const action of Object.keys(ACTIONS)) {
      const expected = casl(action, item);
      assert.equal(permitOf(action).permits(item), expected, `${action} ${JSON.stringify(item)}`);
      shown[action] = (shown[action] ?? 0) + Number(expected);
    }
  }
  // `edit` is only to be had where there is no state, or by the owner.
  for (const action of Object.keys(ACTIONS)) assert.ok(shown[action] > 200 && shown[action] < 4_800, JSON.stringify(shown));
});

test("where values are missing or of another kind nothing is permitted that CASL denies", () => {
  let [stricter, same] = [0, 0];
  for (let round = 0; round < 5_000; round += 1) {
    const item = whole();
    for (let times = 1 + below(3); times > 0; times -= 1) {
      const field = of(FIELDS);
      if (next() < 0.5) delete item[field];
      else item[field] = of([null, 7, "x", true, NaN, [], ["closed"], {}, { $ne: 1 }]);
    }
    for (const action of Object.keys(ACTIONS)) {
      const [ours, theirs] = [permitOf(action).permits(item), casl(action, item)];
      assert.ok(theirs || !ours, `${action} ${JSON.stringify(item)}`);
      if (ours) same += 1;
      else if (theirs) stricter += 1;
    }
  }
  assert.ok(same > 500 && stricter > 500, `${same} ${stricter}`);
});
