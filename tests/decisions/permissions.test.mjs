import assert from "node:assert/strict";
import { test } from "node:test";
import { data, load, loadApart, random, sha256 } from "./module.mjs";
import { decide } from "./plain-policies.mjs";

const decisions = await load();
const bytes = data("policy/items.fbpt");
const LATER = Date.now() + 3_600_000;
const source = { bytes, sha256: sha256(bytes), expires: LATER };
const policies = await decisions.policies(source);
assert.equal(policies.problem, undefined);

const { next, of, below } = random(11);
const KINDS = ["lab", "note", "invoice", "letter", "message", "scan", "order", "task"];
const REGIONS = ["north", "south", "restricted-a", "restricted-b"];

/** Mostly well formed; now and then with a value of another kind, or none. */
function itemOf(at) {
  const item = {
    id: `item-${at}`, kind: of(KINDS), sensitivity: below(5), tenant: of(["t1", "t1", "t1", "t2"]), region: of(REGIONS),
    owner: { type: "User", id: of(["u1", "u2"]) }, sealed: next() < 0.2,
  };
  if (next() < 0.2) item.embargo = below(200);
  if (next() < 0.15) {
    const field = of(["kind", "sensitivity", "tenant", "region", "owner", "sealed", "embargo"]);
    const odd = of([undefined, null, NaN, Infinity, 1.5, 2 ** 53, "1", 1n, true, {}, [], ["lab"], () => "lab", "t1\ud800", { type: "Item", id: "u1" }, { type: "User", id: 1 }]);
    item[field] = odd;
    if (odd === undefined) delete item[field];
  }
  return item;
}

const personOf = () => ({ id: of(["u1", "u2"]), tenant: of(["t1", "t1", "t2"]), region: of(REGIONS), clearance: below(5), roles: ["nurse", "doctor", "admin", "clerk", "auditor"].filter(() => next() < 0.5) });
const callOf = ({ id, tenant, region, clearance, roles }, context) => ({
  principal: { type: "User", id, parents: roles.map((role) => ({ type: "Role", id: role })), attributes: { tenant, region, clearance } },
  action: "view", resourceType: "Item", context,
});

test("random items are permitted as the plain version says, from objects, from kept rows and one by one, and say why", async () => {
  const seen = new Map();
  for (let round = 0; round < 60; round += 1) {
    const [person, context] = [personOf(), { now: below(200), mfa: next() < 0.5 }];
    const permit = policies.for(callOf(person, context));
    const items = Array.from({ length: 1 + below(300) }, (_, at) => itemOf(at));
    const expected = (all) => all.filter((item) => decide(item, person, context)[0] === "permitted");
    assert.deepEqual(permit.permitted(items), expected(items));
    const kept = decisions.keep(items);
    if (round % 2) await kept.prepare(policies);
    assert.deepEqual(permit.permitted(kept), expected(items));
    for (let change = 0; change < 5; change += 1) kept.set(below(items.length), itemOf(change));
    assert.deepEqual(permit.permitted(kept), expected(kept.rows));
    kept.release();
    for (const item of items.slice(0, 20)) {
      const [verdict, ids] = decide(item, person, context);
      const why = permit.why(item);
      assert.deepEqual([why.verdict, why.policies.map(({ id }) => id).sort()], [verdict, ids.sort()]);
      assert.equal(why.permitted, verdict === "permitted");
      assert.equal(permit.permits(item), why.permitted);
      assert.equal(why.lacking.length > 0, verdict === "undecided");
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
    }
  }
  for (const verdict of ["permitted", "forbidden", "undecided", "not-permitted"]) assert.ok(seen.get(verdict) > 30, `${verdict}: ${seen.get(verdict)}`);
});

const PERSON = { id: "u1", tenant: "t1", region: "north", clearance: 4, roles: ["nurse"] };
const CONTEXT = { now: 0, mfa: true };
const GOOD = { id: "i", kind: "lab", sensitivity: 1, tenant: "t1", region: "north", owner: { type: "User", id: "u1" }, sealed: false };
const CALL = callOf(PERSON, CONTEXT);

test("the fields of a row that an own action hides are taken out of copies, and the rest stays", () => {
  const items = [GOOD, { ...GOOD, kind: "task" }, { ...GOOD, kind: "note" }];
  const permit = policies.for(CALL);
  // `view.owner` is an action that the policies do not know.
  const masked = permit.masked(items, { owner: "view.owner", sensitivity: "view" });
  const { owner: _, ...rest } = GOOD;
  assert.deepEqual(masked, [rest, { ...rest, kind: "note" }]);
  assert.ok("owner" in GOOD);
});

test("why says which policies decided, and what they did not find", () => {
  const permit = policies.for(CALL);
  assert.deepEqual(permit.why(GOOD), { permitted: true, verdict: "permitted", policies: [{ id: "nurse-1", note: "" }], lacking: [], message: "" });
  assert.deepEqual(permit.why({ ...GOOD, tenant: "t2" }).policies, [{ id: "tenant", note: "nobody sees what belongs to another tenant" }]);
  assert.deepEqual(permit.why({ ...GOOD, sealed: undefined }).lacking, ["resource.sealed"]);
});

const denies = (permit, items = [GOOD]) => {
  assert.deepEqual(permit.permitted(items), []);
  assert.deepEqual(permit.permitted(decisions.keep(items)), []);
  assert.deepEqual(permit.masked(items, { owner: "view" }), []);
  assert.equal(permit.permits(items[0]), false);
  assert.equal(permit.why(items[0]).permitted, false);
};

test("the item that the others are changed from is permitted", () => {
  assert.ok(policies.for(CALL).permits(GOOD));
});

for (const [name, change] of Object.entries({
  "an unknown action": { action: "delete" },
  "no action": { action: undefined },
  "an action that every object has": { action: "constructor" },
  "an unknown type of resource": { resourceType: "Ward" },
  "an unknown type of principal": { principal: { ...CALL.principal, type: "Robot" } },
  "an id that is no text": { principal: { ...CALL.principal, id: 7 } },
  "an id with half a character": { principal: { ...CALL.principal, id: "u1\udc00" } },
  "no principal": { principal: undefined },
  "a principal without attributes": { principal: { type: "User", id: "u1", parents: CALL.principal.parents } },
  "a principal in nothing": { principal: { ...CALL.principal, parents: [] } },
  "an attribute of another kind": { principal: { ...CALL.principal, attributes: { ...CALL.principal.attributes, tenant: ["t1"] } } },
  "parents that are no list": { principal: { ...CALL.principal, parents: { length: 1 } } },
})) test(`${name} denies`, () => denies(policies.for({ ...CALL, ...change })));

test("a context that a policy reads and that is not there denies", () => {
  const item = { ...GOOD, embargo: 0 };
  assert.ok(policies.for(CALL).permits(item));
  denies(policies.for({ ...CALL, context: { mfa: true } }), [item]);
  denies(policies.for({ ...CALL, context: { mfa: true, now: "0" } }), [item]);
  denies(policies.for({ ...CALL, context: null }), [item]);
});

test("a column that is missing in all rows denies all of them", () => {
  for (const field of ["kind", "tenant", "region", "sealed"]) {
    const { [field]: _, ...rest } = GOOD;
    denies(policies.for(CALL), [rest, rest, rest]);
  }
});

test("no item, and items that are none, are denied", () => {
  const permit = policies.for(CALL);
  assert.deepEqual(permit.permitted([]), []);
  for (const item of [undefined, null, 7, "lab", []]) assert.equal(permit.permits(item), false);
  assert.deepEqual(permit.permitted(undefined), []);
});

test("a getter that throws denies the call, and not the next one", () => {
  const permit = policies.for(CALL);
  const bad = { ...GOOD, get kind() { throw new Error("not now"); } };
  assert.deepEqual(permit.permitted([GOOD, bad]), []);
  assert.deepEqual(permit.permitted([GOOD]), [GOOD]);
  const deciding = { ...GOOD, get kind() { return permit.permits(GOOD) ? "lab" : "none"; } };
  assert.deepEqual(permit.permitted([deciding]), []);
});

test("kept rows whose change fails half way are not decided by what stood there before", () => {
  const permit = policies.for(CALL);
  const kept = decisions.keep([GOOD, GOOD]);
  assert.equal(permit.permitted(kept).length, 2);
  let isBad = true;
  const next = { ...GOOD, tenant: "t2", get sealed() { if (isBad) throw new Error("not now"); return false; } };
  kept.set(0, next);
  assert.deepEqual(permit.permitted(kept), []);
  kept.replace([next, GOOD]);
  assert.deepEqual(permit.permitted(kept), []);
  isBad = false;
  assert.deepEqual(permit.permitted(kept), [GOOD]);
});

test("a row's own id is a text, an attribute of that name an entity, and one column is never read as both", async () => {
  const programs = await Promise.all(["ids", "attribute"].map((name) => {
    const bytes = data(`decisions/${name}.fbpt`);
    return decisions.policies({ bytes, sha256: sha256(bytes), expires: LATER });
  }));
  const [own, attribute] = programs.map((program) => program.for({ principal: { type: "User", id: "u" }, action: "view", resourceType: "Item" }));
  const [text, entity] = [{ id: "a" }, { id: { type: "Item", id: "a" } }];
  assert.deepEqual(own.permitted([text, entity, { id: "b" }, {}]), [text]);
  assert.deepEqual(attribute.permitted([text, entity, { id: { type: "User", id: "a" } }, {}]), [entity]);
  for (const [first, second] of [[own, attribute], [attribute, own]]) {
    const kept = decisions.keep([text, entity]);
    assert.equal(first.permitted(kept).length, 1);
    assert.deepEqual(second.permitted(kept), []);
    kept.set(0, text);
    assert.deepEqual(first.permitted(kept), []);
  }
});

test("expired policies permit nothing, from the moment on", async (context) => {
  for (const expires of [Date.now() - 1, new Date(0), NaN, new Date("soon"), undefined]) {
    const old = await decisions.policies({ ...source, expires });
    assert.match(old.problem, /expired/);
    denies(old.for(CALL));
  }
  const soon = await decisions.policies({ ...source, expires: new Date(LATER) });
  const permit = soon.for(CALL);
  assert.ok(permit.permits(GOOD));
  context.mock.method(Date, "now", () => LATER);
  denies(permit);
});

test("a digest that is wrong, missing or none permits nothing", async () => {
  const digest = source.sha256;
  for (const sha256 of [digest.replace(/^./, digest[0] === "0" ? "1" : "0"), digest.slice(1), "", undefined, `${digest}00`]) {
    const other = await decisions.policies({ ...source, sha256 });
    assert.match(other.problem, /SHA-256|64 hexadecimal/i);
    denies(other.for(CALL));
  }
});

test("damaged bytes permit nothing more, even with the digest that fits them", async () => {
  let refused = 0;
  const apart = await loadApart(); // nobody has the sound file there
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= 1 << below(8);
    const wrong = await apart.policies({ ...source, bytes: damaged });
    assert.match(wrong.problem, /SHA-256/);
    denies(wrong.for(CALL));
    const cut = await decisions.policies({ ...source, bytes: bytes.subarray(0, at), sha256: sha256(bytes.subarray(0, at)) });
    assert.ok(cut.problem);
    denies(cut.for(CALL));
    const fitting = await decisions.policies({ ...source, bytes: damaged, sha256: sha256(damaged) });
    refused += fitting.problem ? 1 : 0;
    fitting.for(CALL).permitted([GOOD]);
  }
  assert.ok(refused > 10);
  assert.ok(policies.for(CALL).permits(GOOD));
});

test("a predicate is no policy, a file that is not there is none, and without the module nothing is permitted", async () => {
  const predicate = Uint8Array.from([...Buffer.from("fbpt"), 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
  const always = await decisions.policies({ ...source, bytes: predicate, sha256: sha256(predicate) });
  assert.equal(always.problem, undefined);
  assert.match(always.for(CALL).why(GOOD).message, /a predicate is no policy/);
  denies(always.for(CALL));
  const nowhere = await decisions.policies({ url: new URL("file:///nowhere.fbpt"), sha256: sha256("nowhere"), expires: LATER });
  assert.ok(nowhere.problem);
  denies(nowhere.for(CALL));
  const none = await loadApart({ wasm: new URL("file:///nowhere.wasm") });
  const closed = await none.policies(source);
  assert.match(closed.problem, /could not be loaded/);
  denies(closed.for(CALL));
});

test("a trap ends all permissions of its module, also those that were given before", async () => {
  const trapping = await loadApart();
  const own = await trapping.policies(source);
  const permit = own.for(CALL);
  assert.ok(permit.permits(GOOD));
  const { instance } = await WebAssembly.instantiate(Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11]));
  assert.equal(permit.permits({ ...GOOD, get kind() { instance.exports.t(); } }), false);
  assert.match(own.problem, /have failed/);
  denies(permit);
  assert.ok(policies.for(CALL).permits(GOOD));
});

test("a stack that is full anywhere permits nothing that is not permitted, and loses no item", async () => {
  const own = await loadApart();
  const permit = (await own.policies(source)).for(CALL);
  const ranker = await own.ranker({ priority: "sensitivity" });
  const items = [GOOD, { ...GOOD, tenant: "t2" }];
  let calls = 0;
  const dive = () => {
    try {
      dive();
    } finally {
      if (calls < 200) {
        calls += 1;
        const shown = permit.permitted(items);
        assert.ok(shown.length === 0 || (shown.length === 1 && shown[0] === GOOD));
      }
    }
  };
  assert.throws(dive, RangeError);
  assert.equal(calls, 200);
  assert.equal(permit.permits(items[1]), false);
  assert.equal(ranker.rank(items).length, 2);
});
