// What is sent for a document, against graphql-js's own reading of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "graphql";
import gql, { disableFragmentWarnings } from "graphql-tag";
import loader from "graphql-tag/loader.js";
import { random, textOf } from "./client.mjs";

disableFragmentWarnings();

/** A document's tree without places, and without how a string was quoted. */
const meaning = (document) => JSON.parse(JSON.stringify(document, (key, value) => key === "loc" || key === "block" ? undefined : value));
const read = (text, options) => meaning(parse(text, { noLocation: true, ...options }));
const holds = (text, options) => {
  const printed = textOf(parse(text, options));
  assert.deepEqual(read(printed, options), read(text, options), printed);
  return printed;
};

test("text is taken as it is, also in an object that extends String", () => {
  assert.equal(textOf("{ a }  # note"), "{ a }  # note");
  class Typed extends String { toString() { return "{ typed }"; } }
  assert.equal(textOf(new Typed("{ typed }")), "{ typed }");
});

test("everything that a client may send is printed so that it reads back the same", () => {
  const printed = holds(String.raw`
    "why" query Q("what" $a: [Int!]! = [1, -2] @d, $b: In = {list: [], none: {}, at: {x: 1.5e-3}}, $c: String = "a\"b\\\n\u00e9\u{1F600}", $n: Float = null) @on(a: $a) @off {
      first: a(x: $a, y: ENUM, z: true, w: false, n: null, s: """
        block "quoted" \""" and \ as it is
          further in
      """, deep: [[{a: [{b: $b}]}]]) @skip(if: $x) @include(if: true) { id ...F @x(y: 1) ... on T @y { t } ... @include(if: $i) { u } ... { v } }
      b
    }
    fragment F on Thing @z { id name(only: "") }
    mutation M { m(input: {a: 1}) }
    subscription { s }
    { shorthand }`);
  assert.doesNotMatch(printed, /\n {2}/);
});

test("odd strings survive", () => {
  for (const value of ["", " ", "\u0000\u0007\u001f\u007f\u2028\u2029", "\u{10FFFF}", '"""', "\\u0041", "#", "\t\r\n", "😀"]) {
    const document = parse(`{ a(b: "") }`);
    const argument = document.definitions[0].selectionSet.selections[0].arguments[0];
    const changed = JSON.parse(JSON.stringify(document), (_, node) => node?.kind === "StringValue" ? { ...argument.value, value } : node);
    assert.equal(parse(textOf(changed)).definitions[0].selectionSet.selections[0].arguments[0].value.value, value);
  }
});

test("variables of fragments are kept", () => {
  holds("fragment F($a: Int = 1) on T { a(b: $a) } { ...F }", { allowLegacyFragmentVariables: true });
});

test("random documents read back the same", () => {
  for (let seed = 1; seed <= 400; seed += 1) holds(document(random(seed)));
});

test("a document is printed once, and what is frozen or without places is printed too", () => {
  const plain = Object.freeze(read("query Q { a }"));
  assert.equal(textOf(plain), "query Q{a}");
  const deep = parse("{ a { b } }");
  const first = textOf(deep);
  deep.definitions[0].selectionSet.selections[0].name.value = "changed behind our back";
  assert.equal(textOf(deep), first);
});

test("graphql-tag: a fragment that came in twice is sent once", () => {
  const fragment = gql`fragment Name on Person { name }`;
  const one = gql`fragment One on Person { id ...Name } ${fragment}`;
  const document = gql`query { a { ...One ...Name } } ${one} ${fragment}`;
  assert.equal(document.loc.source.body.match(/fragment Name/g).length, 2); // the trap: this is no valid document
  assert.equal(textOf(document).match(/fragment Name/g).length, 1);
  assert.deepEqual(read(textOf(document)), meaning(document));
});

test("graphql-tag's loader: imported fragments are sent, other operations of the file are not", () => {
  const load = (source, files = {}) => {
    const module = { exports: {} };
    new Function("module", "require", loader.call({ cacheable() {} }, source))(module, (name) => files[name]);
    return module.exports;
  };
  const files = { "./name.graphql": load("fragment Name on Person { name }") };
  const importing = load(`#import "./name.graphql"\nquery { a { ...Name } }`, files);
  assert.doesNotMatch(importing.loc.source.body, /fragment Name/); // the trap
  assert.match(textOf(importing), /fragment Name on Person/);
  const several = load("query One { a } query Two { b }");
  assert.match(several.One.loc.source.body, /Two/); // the trap
  assert.equal(textOf(several.One), "query One{a}");
  assert.equal(textOf(several.Two), "query Two{b}");
});

test("what a library has added to a tree is sent, though its `loc` does not say so", () => {
  const document = parse("{ a { id } }");
  document.definitions[0].selectionSet.selections[0].selectionSet.selections.push({ kind: "Field", name: { kind: "Name", value: "__typename" } });
  assert.match(textOf(document), /__typename/);
});

test("whatever else is given is refused with what it is", () => {
  const given = [
    [undefined, /not undefined\.$/], [null, /not null\.$/], [7, /not number\.$/], [() => 0, /not function\.$/], [{}, /not object\.$/], [[], /not object\.$/],
    [{ kind: "Document", definitions: [] }, /not a Document of \[\]\.$/],
    [{ kind: "Document" }, /not object\.$/],
    [{ kind: "Document", definitions: [null] }, /not a Document of \[\]\.$/],
    [parse("type T { a: Int } query { a }"), /not a Document of \[ObjectTypeDefinition,OperationDefinition\]\.$/],
    [parse("{ a }").definitions[0], /not object\.$/],
  ];
  for (const [document, message] of given) assert.throws(() => textOf(document), { name: "ForebayError", code: "invalid-document", message });
});

/** A random document: deep, wide and odd enough to meet what must stay apart. */
function document(next) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const some = (most, make, open = "", close = "") => {
    const made = Array.from({ length: Math.floor(next() * (most + 1)) }, make);
    return made.length ? open + made.join(" ") + close : "";
  };
  const name = () => pick(["a", "b", "on", "query", "fragment", "type", "_0", "null_", "trueish"]);
  const value = (depth = 0) => pick([
    () => "1", () => "-0", () => "1.0E+10", () => `"${pick(["", "x", "\\\"", "\\n", "é"])}"`, () => '"""b"""', () => "true", () => "null", () => "ENUM", () => "$v",
    ...(depth < 3 ? [() => `[${some(3, () => value(depth + 1))}]`, () => `{${some(2, () => `${name()}: ${value(depth + 1)}`)}}`] : []),
  ])();
  const args = () => some(2, () => `${name()}: ${value()}`, "(", ")");
  const directives = () => some(2, () => `@${name()}${args()}`);
  const type = (depth = 0) => pick(depth > 2 ? ["Int", "T!"] : [() => "Int", () => "T!", () => `[${type(depth + 1)}]`, () => `[${type(depth + 1)}]!`].map((make) => make()));
  const fields = (depth) => `{ ${Array.from({ length: 1 + Math.floor(next() * 3) }, () => field(depth + 1)).join(" ")} }`;
  const field = (depth) => pick([
    () => `${pick(["", "k: "])}${name()}${args()} ${directives()} ${depth < 4 && next() < 0.5 ? fields(depth) : ""}`,
    () => `...F ${directives()}`,
    () => `... ${pick(["", "on T"])} ${directives()} ${fields(Math.max(depth, 3))}`,
  ])();
  const variables = () => some(2, () => `$v${Math.floor(next() * 9)}: ${type()} ${pick(["", `= ${value(2).replace("$v", "1")}`])} ${pick(["", "@d"])}`, "(", ")");
  return `${pick(["", `query ${pick(["", "Q"])}${variables()} ${directives()}`, "mutation", "subscription S"])} ${fields(0)} fragment F on T ${directives()} ${fields(2)}`;
}
