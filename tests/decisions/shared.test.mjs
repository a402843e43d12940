// Several bundles on one page, each with its own copy of the client: what they share, and what is given back.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { pathToFileURL } from "node:url";
import { data, load, loadApart, sha256 } from "./module.mjs";

const directory = mkdtempSync(join(tmpdir(), "forebay-shared-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const PACKAGE = new URL("../../pkg/", import.meta.url);

/** What was fetched, and the modules' memories. */
let fetched = [];
let memories = [];
const { fetch } = globalThis;
globalThis.fetch = (url, options) => {
  fetched.push(String(url).split("/").at(-1));
  return fetch(url, options);
};
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...of) => {
  const made = await instantiate(...of);
  if (made.instance?.exports.memory) memories.push(made.instance.exports.memory);
  return made;
};
beforeEach(() => {
  delete globalThis[Symbol.for("forebay.decisions")];
  fetched = [];
  memories = [];
});

/** The client's code once more, as another bundle has it. */
const another = async (mark) => (await import(`${PACKAGE}decisions.js?${mark}`)).load;
const POLICIES = { url: new URL("../../examples/decisions/staff.fbpt", import.meta.url), expires: Infinity };
const MODEL = { url: new URL("../data/decisions/inbox.forebay", import.meta.url), sha256: sha256(data("decisions/inbox.forebay")) };
const items = Array.from({ length: 20 }, (_, id) => ({ id: `i${id}`, priority: id % 5, createdAt: 0, author: "ann", type: "task", size: 1, app: "mail" }));

test("bundles of one version load one module, and each file once", async () => {
  const [first, second] = await Promise.all([load(), (await another("b"))({ wasm: new URL("nowhere.wasm", PACKAGE) })]);
  const [one, two] = [await first.ranker({ models: [MODEL] }), await second.ranker({ models: [MODEL] })];
  assert.deepEqual(fetched.toSorted(), ["decisions.wasm", "inbox.forebay", "programs.wasm", "ranking.wasm"]);
  assert.equal(two.model.id, "inbox");
  assert.deepEqual(one.rank(items), two.rank(items));
  // What one bundle keeps the other may filter.
  assert.equal(second.filter(first.keep(items), { field: "priority", eq: 3 }).total, 4);
});

test("a page that only ranks fetches what filters and hides when it is first asked for", async () => {
  const ranking = await loadApart({ only: "ranking" });
  const ranker = await ranking.ranker({ models: [MODEL] });
  assert.equal(ranker.rank(items).length, items.length);
  assert.deepEqual(fetched, ["decisions.wasm", "ranking.wasm", "inbox.forebay"]);
  assert.throws(() => ranking.filter(items, { field: "priority", eq: 3 }), /left out.*only/);
  assert.throws(() => ranking.keep(items), /left out/);
  const { problem } = await ranking.policies({ ...POLICIES, sha256: sha256(readFileSync(POLICIES.url)) });
  assert.equal(problem, undefined);
  assert.deepEqual(fetched.slice(3).toSorted(), ["programs.wasm", "staff.fbpt"]);
  // Another bundle shares what is there.
  const whole = await (await another("whole"))();
  assert.equal(whole.filter(items, { field: "priority", eq: 3 }).total, (await ranking.filterAsync(items, { field: "priority", eq: 3 })).total);
  assert.equal(fetched.length, 5);
});

test("where what filters and hides cannot be had nothing is permitted, filters throw, and items are ranked", async () => {
  const nowhere = { programs: { wasm: new URL("nowhere.wasm", PACKAGE) } };
  const broken = await loadApart(nowhere);
  assert.match(broken.problem, /could not be loaded/);
  assert.throws(() => broken.filter(items, { field: "priority", eq: 3 }), /could not be loaded/);
  await assert.rejects(broken.filterAsync(items, { field: "priority", eq: 3 }), /could not be loaded/);
  const policies = await broken.policies(POLICIES);
  assert.match(policies.problem, /could not be loaded/);
  const permit = policies.for({ principal: { type: "User", id: "u" }, action: "view", resourceType: "Item" });
  assert.deepEqual([permit.permits({}), permit.permitted(items), permit.masked(items, {}), await permit.permittedAsync(items), await permit.maskedAsync(items, {}), permit.why({}).permitted], [false, [], [], [], [], false]);
  const ranking = await loadApart({ ...nowhere, only: "ranking" });
  assert.equal((await ranking.ranker({ models: [MODEL] })).model.id, "inbox");
  assert.match((await ranking.policies(POLICIES)).problem, /nowhere/);
  assert.equal(ranking.problem, undefined);
});

test("bundles of another version stand apart", async () => {
  const source = readFileSync(new URL("decisions.js", PACKAGE), "utf8");
  const newer = source.replaceAll('"0.1.0"', '"9.9.9"');
  assert.notEqual(newer, source);
  writeFileSync(join(directory, "decisions.js"), newer);
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  for (const file of ["decisions.wasm", "programs.wasm", "programs.js"]) cpSync(new URL(file, PACKAGE), join(directory, file));
  const first = await load();
  const second = await (await import(pathToFileURL(join(directory, "decisions.js")))).load();
  assert.deepEqual(fetched.toSorted(), ["decisions.wasm", "decisions.wasm", "programs.wasm", "programs.wasm"]);
  assert.equal(first.filter(items, { field: "priority", eq: 3 }).total, second.filter(items, { field: "priority", eq: 3 }).total);
});

test("who comes after one that could not load tries again, from where it knows", async () => {
  const lost = await load({ wasm: new URL("nowhere.wasm", PACKAGE) });
  assert.match(lost.problem, /could not be loaded/);
  const found = await load({ ranking: { wasm: new URL("nowhere.wasm", PACKAGE) } });
  assert.equal(found.problem, undefined);
  assert.equal((await found.ranker({ models: [MODEL] })).model, undefined);
  assert.equal((await (await load()).ranker({ models: [MODEL] })).model.id, "inbox");
});

test("policies that were released permit nothing, and others who use the same file keep it", async () => {
  const decisions = await load();
  const source = { ...POLICIES, sha256: sha256(readFileSync(POLICIES.url)) };
  const [one, two] = [await decisions.policies(source), await decisions.policies(source)];
  assert.deepEqual(fetched.toSorted(), ["decisions.wasm", "programs.wasm", "staff.fbpt"]);
  const permits = (policies) => policies.for(CALL).permits(STAFF);
  assert.deepEqual([permits(one), permits(two)], [true, true]);
  one.release();
  one.release();
  assert.match(one.problem, /released/);
  assert.deepEqual([permits(one), permits(two)], [false, true]);
  two.release();
  assert.equal(permits(two), false);
  const three = await decisions.policies(source);
  assert.equal(permits(three), true);
  assert.equal(permits(two), false);
});

test("memory that was given back is used again", async () => {
  const decisions = await load();
  const file = readFileSync(POLICIES.url);
  const source = { ...POLICIES, bytes: file, sha256: sha256(file) };
  const round = async () => {
    const ranker = await decisions.ranker({ models: [{ ...MODEL, bytes: data("decisions/inbox.forebay") }] });
    const policies = await decisions.policies(source);
    ranker.rank(Array.from({ length: 2000 }, (_, at) => items[at % 20]));
    policies.for(CALL).permitted(Array.from({ length: 2000 }, () => STAFF));
    ranker.release();
    policies.release();
    assert.equal(ranker.model, undefined);
    assert.equal(ranker.rank(items).length, 20);
    assert.equal(await ranker.use(MODEL), false);
  };
  for (let times = 0; times < 5; times += 1) await round();
  const before = memories[0].buffer.byteLength;
  for (let times = 0; times < 60; times += 1) await round();
  assert.equal(memories[0].buffer.byteLength, before);
});

test("rankers of one model that learn for the page learn together, and forget when it is another's", async () => {
  const page = { person: "ann", ready: Promise.resolve(null) };
  globalThis[Symbol.for("forebay")] = { v1: page };
  try {
    const [first, second] = [await loadApart(), await (await another("c"))()];
    const [one, two] = [await first.ranker({ models: [MODEL], learn: true }), await second.ranker({ models: [MODEL], learn: true })];
    const brought = await first.ranker({ models: [MODEL], learn: new Uint8Array() });
    const before = one.rank(items);
    for (let times = 0; times < 20; times += 1) assert.ok(one.feedback(items[3], "dismissed", 0));
    brought.feedback(items[3], "opened", 0);
    assert.notDeepEqual(one.rank(items), before);
    assert.deepEqual(two.rank(items), one.rank(items));
    const late = await second.ranker({ models: [MODEL], learn: true });
    assert.deepEqual(late.learned(), one.learned());
    const nothing = (await first.ranker({ models: [MODEL], learn: new Uint8Array() })).learned();
    page.person = null;
    for (const ranker of [one, two, late]) assert.deepEqual(ranker.rank(items), before);
    for (const ranker of [one, two, late, brought]) assert.deepEqual(ranker.learned(), nothing);
    two.feedback(items[1], "opened", 0);
    assert.deepEqual(one.learned(), two.learned());
    one.forget();
    assert.deepEqual(two.learned(), nothing);
  } finally {
    delete globalThis[Symbol.for("forebay")];
  }
});

const CALL = { principal: { type: "User", id: "me", parents: [{ type: "Role", id: "manager" }], attributes: { ward: "A" } }, action: "view", resourceType: "Person" };
const STAFF = { id: "p1", ward: "A", name: "x", phone: "1", salary: 1 };
