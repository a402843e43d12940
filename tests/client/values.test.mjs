// What names a request: equal values alike, others differently, and what has no one form as text is refused by its path.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { runInNewContext } from "node:vm";
import { test } from "node:test";
import { asInit, changed, forebayFetcher, forebayQueryFn, identityOf, jsonOf, keyOf, leaseOf, random, sha256, toJson, withParams, write } from "./client.mjs";

const CASES = Number(process.env.FOREBAY_CASES ?? 5_000);

/** A value, the same again in another order of members, and what it is, in words that no two kinds share. */
function made(draw, depth = 0) {
  const pick = (list) => list[Math.floor(draw() * list.length)];
  const text = () => pick(["", "a", "b", "a,b", '"', "}", "[", "]", "n", "1", "null", "true", "a=1", "a=1&b=2", "\\", "2020-01-01T00:00:00.000Z", "\ud800", "é", "[]", "{}", 'a":1,"b', "Date"]);
  const leaf = pick(["text", "number", "boolean", "null", "bigint", "date", "search", "headers", "form", "bytes"]);
  const kind = depth < 3 ? pick(["list", "object", leaf, leaf]) : leaf;
  const pairs = () => Array.from({ length: Math.floor(draw() * 3) }, () => [pick(["a", "b", "c"]), pick(["1", "2", "a,b", '"'])]);
  switch (kind) {
    case "text": { const value = text(); return [value, value, ["text", value]]; }
    case "number": { const value = pick([0, 1, -1, 1.5, 1e21, 12345678901]); return [value, value, ["number", String(value)]]; }
    case "boolean": { const value = draw() < 0.5; return [value, value, ["boolean", value]]; }
    case "null": return [null, null, ["null"]];
    case "bigint": { const value = pick([0n, 1n, 12345678901n]); return [value, value, ["bigint", String(value)]]; }
    case "date": { const time = pick([0, 1, 1577836800000]); return [new Date(time), new Date(time), ["date", time]]; }
    case "search": { const given = pairs(); return [new URLSearchParams(given), new URLSearchParams(given), ["search", given]]; }
    case "headers": { const given = pairs(); const all = [...new Headers(given)]; return [new Headers(given), new Headers(all), ["headers", all]]; }
    case "form": {
      const given = pairs();
      const form = () => given.reduce((form, [name, value]) => (form.append(name, value), form), new FormData());
      return [form(), form(), ["form", given]];
    }
    case "bytes": { const bytes = Array.from({ length: Math.floor(draw() * 3) }, () => Math.floor(draw() * 3)); const Kind = pick([Uint8Array, Float32Array, Int16Array]); return [new Kind(bytes), new Kind(bytes), [Kind.name, bytes]]; }
    case "list": { const items = Array.from({ length: Math.floor(draw() * 4) }, () => made(draw, depth + 1)); return [items.map(([one]) => one), items.map(([, other]) => other), ["list", items.map(([, , model]) => model)]]; }
    default: {
      const members = new Map(Array.from({ length: Math.floor(draw() * 4) }, () => [pick(["a", "b", "c", "a,b", '"', "__proto__"]), made(draw, depth + 1)]));
      const object = (entries) => entries.reduce((object, [name, value]) => Object.defineProperty(object, name, { value, enumerable: true }), {});
      const names = [...members.keys()];
      return [object(names.map((name) => [name, members.get(name)[0]])), object([...names].reverse().map((name) => [name, members.get(name)[1]])), ["object", [...names].sort().map((name) => [name, members.get(name)[2]])]];
    }
  }
}

test(`of ${CASES} random values no two that differ have one name, and each has the same name however it was put together`, () => {
  const seen = new Map();
  for (let seed = 1; seed <= CASES; seed += 1) {
    const [one, other, model] = made(random(seed));
    const name = write(one, "values", true);
    assert.equal(name, write(other, "values", true), `seed ${seed}`);
    const what = JSON.stringify(model);
    assert.equal(seen.get(name) ?? what, what, `seed ${seed}: ${name}`);
    seen.set(name, what);
  }
  assert.ok(seen.size > CASES / 20, `${seen.size} different ones`);
});

test("as a body every value is JSON that says the same, in the order in which it was given", () => {
  for (let seed = 1; seed <= 1_000; seed += 1) JSON.parse(write(made(random(seed))[0], "json"));
  assert.equal(toJson({ b: 1, a: [new Date(5), 12345678901234567890n, new URLSearchParams("x=1"), new Uint8Array([1, 2])] }, "json"), '{"b":1,"a":["1970-01-01T00:00:00.005Z",12345678901234567890,"x=1",[1,2]]}');
  assert.equal(toJson({ a: undefined, b: new Headers({ "X-A": "1" }) }, "json"), '{"b":[["x-a","1"]]}');
  assert.equal(asInit({ json: { id: 12345678901234567890n } }, toJson).body, '{"id":12345678901234567890}');
});

const cyclic = { a: { b: [] } };
cyclic.a.b.push(cyclic);
class Patient { id = 1; }
const REFUSED = [
  [{ filter: { status: new Map([["a", 1]]) } }, "filter.status"], [{ a: new Set([1]) }, "a"], [{ a: [1, new Patient()] }, "a[1]"], [{ a: Symbol("x") }, "a"], [{ a: () => 1 }, "a"],
  [cyclic, "a.b[0]"], [{ a: NaN }, "a"], [{ a: -Infinity }, "a"], [{ a: [undefined] }, "a[0]"], [{ a: new Date("no") }, "a"], [{ a: new WeakMap() }, "a"], [{ a: Promise.resolve() }, "a"], [{ a: /x/ }, "a"],
];

test("what has no one form as text is refused by its path, in bodies, variables and names", () => {
  for (const [value, path] of REFUSED) {
    const named = (root, code) => (error) => (assert.equal(error.code, code), assert.ok(error.message.startsWith(`${root}.${path} `), error.message), true);
    assert.throws(() => toJson(value, "json"), named("json", "invalid-body"));
    assert.throws(() => asInit({ json: value }, toJson), named("json", "invalid-body"));
    assert.throws(() => keyOf("{ a }", value), named("values", "invalid-option"));
    assert.throws(() => keyOf("/api/a", undefined, { init: { json: value } }), named("init.json", "invalid-option"));
  }
});

test("objects of another frame are what they are", () => {
  const [plain, date, list] = runInNewContext("[{ a: 1 }, new Date(5), [1]]");
  assert.equal(write({ plain, date, list }, "values", true), write({ plain: { a: 1 }, date: new Date(5), list: [1] }, "values", true));
});

test("requests of two people, of two filters, of two variables have two names, however their headers come", () => {
  const names = (make) => [identityOf(...make("u1")), identityOf(...make("u2")), identityOf(...make("u1"))];
  const form = (t) => { const form = new FormData(); form.set("who", t); return form; };
  const ways = {
    headers: (t) => ["/api/me", undefined, { init: { headers: new Headers({ authorization: t }) } }],
    map: (t) => ["/api/me", undefined, { init: { headers: new Map([["authorization", t]]) } }],
    list: (t) => ["/api/me", undefined, { init: { headers: [["authorization", t]] } }],
    record: (t) => ["/api/me", undefined, { init: { headers: { authorization: t } } }],
    tenant: (t) => ["/api/me", undefined, { init: { headers: new Headers({ "x-tenant": t }) } }],
    query: (t) => ["{ who }", undefined, { query: { headers: new Headers({ authorization: t }) } }],
    queryMap: (t) => ["{ who }", undefined, { query: { headers: new Map([["authorization", t]]) } }],
    variables: (t) => ["query Q($at: Date) { who(at: $at) }", { at: new Date(t === "u1" ? 1 : 2) }],
    bytes: (t) => ["{ who }", { at: new Uint8Array([t === "u1" ? 1 : 2]) }],
    body: (t) => ["/api/find", undefined, { init: { method: "POST", body: new URLSearchParams({ who: t }) } }],
    form: (t) => ["/api/find", undefined, { init: { method: "POST", body: form(t) } }],
    json: (t) => ["/api/find", undefined, { init: { json: { who: t } } }],
  };
  for (const [way, make] of Object.entries(ways)) {
    const [one, two, again] = names(make);
    assert.notEqual(one, two, way);
    assert.equal(one, again, way);
  }
  // However they are written they are one.
  const same = ["headers", "map", "list", "record"].map((way) => identityOf(...ways[way]("u1")));
  assert.equal(new Set(same).size, 1);
});

test("a name that is shown holds no secret, and how long an answer is waited for is no part of it", () => {
  for (const header of ["authorization", "cookie", "x-api-key", "x-session", "proxy-authorization", "x-csrf-token", "x-anything"]) {
    assert.ok(!keyOf("/api/me", undefined, { init: { headers: { [header]: "secret" } } }).includes("secret"), header);
    assert.ok(!keyOf("{ me }", undefined, { query: { headers: { [header]: "secret" } } }).includes("secret"), header);
  }
  assert.notEqual(keyOf("/api/me", undefined, { init: { headers: { accept: "text/a" } } }), keyOf("/api/me", undefined, { init: { headers: { accept: "text/b" } } }));
  assert.equal(keyOf("/api/me", undefined, { init: { signal: new AbortController().signal } }), keyOf("/api/me", undefined, { init: {} }));
  assert.equal(keyOf("{ me }", undefined, { query: { onResponse() {} } }), keyOf("{ me }"));
});

test("where a document's nodes stood in its file is no part of its name", () => {
  const document = (loc) => ({ kind: "Document", definitions: [{ kind: "OperationDefinition", operation: "query", loc, selectionSet: { kind: "SelectionSet", selections: [{ kind: "Field", name: { kind: "Name", value: "me", loc } }] } }] });
  assert.equal(keyOf(document({ start: 1 })), keyOf(document(undefined)));
});

// --- parameters ---------------------------------------------------------------------------------------------

const styled = (values, style) => withParams("/api/list", values, style && { style });

test("texts, numbers, truth and times are written as they are; what is nothing is left out", () => {
  assert.equal(styled({ q: "a b&c=d", n: 3, big: 12345678901234567890n, yes: true, at: new Date(5), none: null, also: undefined }), "/api/list?q=a+b%26c%3Dd&n=3&big=12345678901234567890&yes=true&at=1970-01-01T00%3A00%3A00.005Z");
  assert.equal(withParams("/api/list?a=1#top", { b: 2 }), "/api/list?a=1&b=2#top");
  assert.equal(styled(new URLSearchParams("a=1&a=2")), "/api/list?a=1&a=2");
  assert.equal(styled({}), "/api/list");
  // Signs of one's own make no parameter of another's.
  assert.notEqual(styled({ a: "1&b=2" }), styled({ a: 1, b: 2 }));
  assert.notEqual(styled({ "a=1&b": 2 }), styled({ a: "1&b=2" }));
});

test("lists and objects are refused by their path, unless a style is declared", () => {
  const paths = [
    [{ filter: { status: "open" } }, "values.filter.status"], [{ ids: [1, 2] }, "values.ids[0]"], [{ a: { b: { c: [1] } } }, "values.a.b.c[0]"], [{ ids: [] }, "values.ids"],
    [{ a: new Map() }, "values.a"], [{ a: new Patient() }, "values.a"], [{ a: NaN }, "values.a"], [{ a: Symbol("x") }, "values.a"], [{ a: () => 1 }, "values.a"], [{ a: new URLSearchParams("b=1") }, "values.a"], [{ a: new Date("no") }, "values.a"], [["a"], "values"], [new Patient(), "values"],
  ];
  for (const [values, path] of paths) assert.throws(() => keyOf("/api/list", values), ({ code, message }) => (assert.equal(code, "invalid-option"), assert.ok(message.startsWith(path + " "), message), true));
  assert.throws(() => styled({ a: 1 }, "dots"), /params\.style must be brackets, repeat, comma or indices/);
  const cycle = { a: {} };
  cycle.a.b = cycle.a;
  assert.throws(() => styled(cycle, "indices"), /values\.a\.b contains itself/);
});

test("styles are as axios and qs name them", () => {
  const values = { ids: [1, "b c"], filter: { status: "open", none: null } };
  assert.equal(decodeURIComponent(styled(values, "brackets")), "/api/list?ids[]=1&ids[]=b+c&filter[status]=open");
  assert.equal(decodeURIComponent(styled(values, "repeat")), "/api/list?ids=1&ids=b+c&filter[status]=open");
  assert.equal(decodeURIComponent(styled(values, "indices")), "/api/list?ids[0]=1&ids[1]=b+c&filter[status]=open");
  assert.equal(styled(values, "comma"), "/api/list?ids=1,b+c&filter%5Bstatus%5D=open");
  assert.equal(decodeURIComponent(styled({ rows: [{ a: 1, b: [2] }, { a: 3 }] }, "indices")), "/api/list?rows[0][a]=1&rows[0][b][0]=2&rows[1][a]=3");
  // A comma of a value's own is none between two.
  assert.notEqual(styled({ ids: ["a,b"] }, "comma"), styled({ ids: ["a", "b"] }, "comma"));
  for (const style of ["brackets", "repeat", "comma"]) {
    assert.throws(() => styled({ rows: [{ a: 1 }] }, style), /values\.rows\[0\] is/);
    assert.throws(() => styled({ rows: [[1]] }, style), /values\.rows\[0\] is/);
  }
  // With brackets of one's own two would be one.
  for (const style of ["brackets", "repeat", "comma", "indices"]) {
    assert.throws(() => styled({ "filter[status]": "open" }, style), /has a bracket in its name/);
    assert.throws(() => styled({ filter: { "a][b": 1 } }, style), /has a bracket in its name/);
  }
  assert.equal(decodeURIComponent(styled({ "filter[status]": "open" })), "/api/list?filter[status]=open");
});

/** Parameters, and what a server that reads this style is told. */
function parameters(draw, style, depth = 0, isInList = false) {
  const pick = (list) => list[Math.floor(draw() * list.length)];
  const leaf = () => { const value = pick(["a", "b", "a,b", "=", "&", "1", " ", "%"]); return [value, value]; };
  if (depth > 2 || draw() < 0.4 || (isInList && style !== "indices")) return leaf();
  if (draw() < 0.5) {
    const items = Array.from({ length: 1 + Math.floor(draw() * 2) }, () => parameters(draw, style, depth + 1, true));
    const told = items.map(([, told]) => told);
    // One in a list is written as one without.
    return [items.map(([value]) => value), told.length === 1 && /repeat|comma/.test(style) ? told[0] : { list: told }];
  }
  const names = pick([["a"], ["b"], ["a", "b"], ["c", "a"]]);
  const members = names.map((name) => [name, parameters(draw, style, depth + 1)]);
  return [Object.fromEntries(members.map(([name, [value]]) => [name, value])), { object: members.map(([name, [, told]]) => [name, told]).sort() }];
}

for (const style of ["brackets", "repeat", "comma", "indices"]) {
  test(`${style}: of ${CASES} random parameters no two that say something else are one URL`, () => {
    const seen = new Map();
    for (let seed = 1; seed <= CASES; seed += 1) {
      const draw = random(seed);
      const [value, told] = parameters(draw, style);
      const url = styled({ p: value }, style);
      const what = JSON.stringify(told);
      assert.equal(seen.get(url) ?? what, what, `seed ${seed}: ${url}`);
      seen.set(url, what);
    }
    assert.ok(seen.size > 100, `${seen.size} different ones`);
  });
}

// --- drop-ins and changes -------------------------------------------------------------------------------------

test("TanStack: nested parameters need a style, a third element and pages are refused, by their path", async () => {
  const asked = [];
  const app = { json: async (url) => (asked.push(url), 1) };
  const call = (queryKey, options, more) => forebayQueryFn(app, options)({ queryKey, signal: undefined, ...more });
  const refused = (path) => ({ code, message }) => (assert.equal(code, "invalid-option"), assert.ok(message.startsWith(path + " "), message), true);
  await assert.rejects(call(["/api/list", { filter: { status: "open" } }]), refused("queryKey[1].filter.status"));
  await assert.rejects(call(["/api/list", { a: 1 }, "more"]), refused("queryKey[2]"));
  await assert.rejects(call(["/api/list", "more"]), refused("queryKey[1]"));
  await assert.rejects(call(["patients", 7]), refused("queryKey[0]"));
  await assert.rejects(call(["/api/list"], undefined, { pageParam: 1, direction: "forward" }), refused("pageParam"));
  assert.deepEqual(asked, []);
  await call(["/api/list", { filter: { status: "open" } }], { params: { style: "brackets" } });
  await call(["/api/list", { filter: { status: "closed" } }], { params: { style: "brackets" } });
  await call(["/api/list", { at: new Date(5) }]);
  assert.deepEqual(asked.map(decodeURIComponent), ["/api/list?filter[status]=open", "/api/list?filter[status]=closed", "/api/list?at=1970-01-01T00:00:00.005Z"]);
});

test("SWR: what belongs to no request is refused", async () => {
  const app = { json: async (url) => url };
  assert.equal(await forebayFetcher(app)("/api/a"), "/api/a");
  assert.equal(await forebayFetcher(app)(["/api/a", { headers: { "x-a": "1" } }]), "/api/a");
  await assert.rejects(forebayFetcher(app)(["/api/a", undefined, "u1"]), /key\[2\] belongs to no request/);
  await assert.rejects(forebayFetcher(app)("/api/a", { arg: 1 }), /forebayFetcher reads/);
});

test("a change says what it makes out of date in either form, and what is neither is refused before it is sent", async () => {
  const told = [];
  const app = { mutate: async () => (told.push("sent"), 1), invalidate: (what) => told.push(what) };
  assert.equal(await changed(app, "mutation { a }", { invalidates: ["Patient:17"] }, []), 1);
  await changed(app, "mutation { a }", { invalidates: { urls: ["/api/a"], types: ["Patient"] } }, []);
  await changed(app, async () => told.push("done"), { invalidates: ["patients"] }, []);
  await changed(app, "mutation { a }", { invalidates: [] }, []);
  assert.deepEqual(told, ["sent", { tags: ["Patient:17"] }, "sent", { urls: ["/api/a"], types: ["Patient"] }, "done", { tags: ["patients"] }, "sent"]);
  for (const invalidates of [7, "Patient:17", [7], { url: ["/api/a"] }, { urls: "/api/a" }, () => {}]) {
    await assert.rejects(changed(app, "mutation { a }", { invalidates }, []), /^ForebayError: invalidates must be/);
  }
  await assert.rejects(changed(app, "mutation { a }", { optimistic: [{ source: "/api/a", variables: { a: { b: 1 } }, update: (data) => data }] }, []), /values\.a\.b is nested/);
  assert.equal(told.length, 7);
});

test("a component that asks for what cannot be written is shown why, and nothing is asked for", () => {
  const app = { watch: () => assert.fail() };
  const lease = leaseOf(app, "/api/list", { filter: { status: "open" } });
  lease.subscribe(() => {});
  lease.refresh();
  assert.equal(lease.state.isLoading, false);
  assert.equal(lease.state.error.code, "invalid-option");
  assert.match(lease.state.error.message, /^values\.filter\.status is nested/);
  assert.equal(leaseOf(app, "/api/list", { filter: { status: "open" } }), lease);
  assert.notEqual(leaseOf(app, "/api/list", { filter: { state: "open" } }), lease);
});

test("a refusal says what the server said", async () => {
  const refusal = (body) => jsonOf(Response.json(body, { status: 422 })).catch((error) => error);
  const error = await refusal({ detail: ["the name is missing"] });
  assert.deepEqual([error.code, error.status, error.body], ["http-status", 422, { detail: ["the name is missing"] }]);
  assert.ok(Object.isFrozen(error.body.detail));
  assert.deepEqual(await error.head.json(), { detail: ["the name is missing"] });
  const plain = await jsonOf(new Response("<h1>", { status: 502 })).catch((error) => error);
  assert.deepEqual([plain.status, plain.body], [502, undefined]);
});

test("SHA-256 is what others make of it", () => {
  for (let length = 0; length < 200; length += 1) {
    const text = "é".repeat(length) + "x".repeat(length % 7);
    assert.equal(sha256(text), createHash("sha256").update(text).digest("hex"));
  }
});
