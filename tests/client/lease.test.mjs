// What the adapters take for a document, and what for an address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf } from "./client.mjs";

const first = (source) => JSON.parse(keyOf(source, { id: 1 }))[0];

test("a text that begins as GraphQL does is a document, whatever it holds", () => {
  const documents = [
    "{ me { id } }", "\n  { me { id } }", "query { me { id } }", "query Q($id: ID!) { me(id: $id) { id } }", "query Q{me{id}}", "query($id: ID!) { me }",
    "# see https://example.com/api\nquery Q { me }", "fragment F on User { id } query Q { me { ...F } }", "mutation M { go }", 'query Q($path: String = "/") { me }',
  ];
  for (const document of documents) assert.equal(first(document), document);
});

test("all else is an address, to which the values belong", () => {
  const addresses = [
    "/api/me", "https://example.com/api", "//example.com/api", "api/{x}", "query/{x}", "query.json", "fragments", "./query", "https://example.com/{id}", "data:,{}",
  ];
  for (const address of addresses) assert.equal(first(address), `${address}?id=1`);
  assert.equal(first(new URL("https://example.com/query")), "https://example.com/query?id=1");
  assert.equal(first("/api/me?a=1#top"), "/api/me?a=1&id=1#top");
});
