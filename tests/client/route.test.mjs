// Which route a path is, and what becomes of the values in what the route needs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filled, flaw, matched, needed, urlAt, valueAt } from "./client.mjs";

test("patterns match what the core's do (src/plan/pattern.rs)", () => {
  const cases = [
    ["/patients/:id", "/patients/7", { id: "7" }], ["/patients/:id", "/patients/7/notes", undefined], ["/patients/:id", "/patients/", undefined],
    ["/patients/:id", "/patients", undefined], ["/x/:a/y/:b", "/x/1/y/2", { a: "1", b: "2" }], ["/api/*", "/api/x/y", {}], ["/api/*", "/api/", {}],
    ["/api/*", "/api", undefined], ["/*", "/", {}], ["/", "/", {}], ["/", "/a", undefined], ["/a*", "/ab/c", {}], ["/:id/*", "/7/x", { id: "7" }],
    ["/:id/*", "/7", undefined], ["/a", "/A", undefined],
  ];
  for (const [pattern, path, parameters] of cases) assert.deepEqual(matched(pattern, path), parameters, `${pattern} ${path}`);
});

test("of each table the first route that matches holds", () => {
  globalThis.location = { pathname: "/here", search: "?tab=notes" };
  const need = (url) => ({ url });
  const tables = [{ "/a/new": [need("/1")], "/a/:id": [need("/2"), need("/3")], "/*": [need("/4")] }, { "/a/:x": [need("/5")] }];
  const urls = (path) => [...needed(tables, path)].map(([{ url }]) => url);
  assert.deepEqual(urls("/a/new"), ["/1", "/5"]);
  assert.deepEqual(urls("/a/7?x=1#y"), ["/2", "/3", "/5"]);
  assert.deepEqual(urls("/b"), ["/4"]);
  const query = (path) => [...needed([{ "/*": [need("/")] }], path)][0][1].query.get("tab");
  assert.equal(query("/there?tab=a%20b#?tab=c"), "a b");
  assert.equal(query("/there#?tab=c"), null);
  assert.equal(query("/here"), "notes", "the page's own query, where the path says none");
  assert.equal(query("/here?"), null);
});

test("values are decoded for variables, and as they are written in addresses", () => {
  const place = { parameters: { id: "a%2Fb", odd: "%" }, query: new URLSearchParams("tab=x+y&empty=") };
  assert.equal(valueAt({ param: "id" }, place), "a/b");
  assert.equal(valueAt({ param: "odd" }, place), "%");
  assert.equal(valueAt({ param: "constructor" }, place), undefined);
  assert.equal(valueAt({ query: "tab" }, place), "x y");
  assert.equal(valueAt({ query: "empty" }, place), "");
  assert.equal(valueAt({ query: "none" }, place), undefined);
  assert.deepEqual(valueAt({ always: [1] }, place), [1]);
  assert.equal(urlAt("/api/:id?part=:odd&x=a:id&y=:constructor", place), "/api/a%2Fb?part=%&x=a:id&y=:constructor");
  assert.equal(urlAt(["/api/", { param: "id" }, "?tab=", { query: "tab" }, "&n=", { always: 3 }], place), "/api/a%2Fb?tab=x%20y&n=3");
  assert.equal(urlAt(["/api/", { query: "none" }], place), undefined);
  assert.equal(filled(['{"id":', { param: "id" }, "}"], place, (value) => JSON.stringify(value)), '{"id":"a/b"}');
});

test("what is wrong with a table is said of its route", () => {
  for (const right of [{}, { "/a": [] }, { "/a/*": [{ url: "/b" }, { query: "{ a }" }, { url: ["/c"] }] }]) assert.equal(flaw(right), undefined);
  for (const [wrong, words] of [
    [7, /object/], [null, /object/], [{ a: [] }, /^\.a: .*begins/], [{ "/a*b": [] }, /^\.\/a\*b: /], [{ "/a": {} }, /^\.\/a: .*list/],
    [{ "/a": [{}] }, /"url" or "query"/], [{ "/a": [{ url: "" }] }, /"url"/], [{ "/a": [3] }, /list of requests/],
  ]) assert.match(flaw(wrong), words);
});
