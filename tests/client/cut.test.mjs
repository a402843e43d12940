// Answers cut out of others', against what graphql-js answers to the waiter's own query.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSchema, execute, parse } from "graphql";
import { cut, deepFreeze, isDeepFrozen } from "./client.mjs";

const schema = buildSchema(`
  interface Animal { id: ID! name: String! }
  type Cat implements Animal { id: ID! name: String! meow: Int! owner: Person }
  type Dog implements Animal { id: ID! name: String! bark: String owner: Person! }
  type Person { id: ID! name: String pets: [Animal!] grid: [[Cell]!] boss: Person }
  type Cell { n: Int! label: String }
  union Thing = Cat | Person
  type Query { person: Person people: [Person] must: Person! things: [Thing!] nobody: Person none: [Person!]! count: Int! }
`);

const ada = { __typename: "Person", id: "ada", name: "Ada", boss: null, grid: [] };
const bob = { __typename: "Person", id: "bob", name: null, boss: ada, grid: [[{ id: "c1", n: 1, label: "one" }, null], []] };
const tom = { __typename: "Cat", id: "tom", name: "Tom", meow: 3, owner: ada };
const rex = { __typename: "Dog", id: "rex", name: "Rex", bark: "wuff", owner: bob };
ada.pets = [tom];
bob.pets = [rex, tom];
const root = { id: "root", person: bob, people: [ada, null, bob], must: ada, things: [tom, bob], nobody: null, none: [], count: 7 };

/** What can fail: one field of one object. */
const FAILURES = [
  "root.person", "root.people", "root.must", "root.things", "root.count", "ada.name", "ada.id", "ada.pets", "bob.name", "bob.boss", "bob.pets",
  "tom.name", "tom.meow", "rex.bark", "rex.owner", "c1.n", "c1.label",
];

/** As a server answers: through JSON. */
function answer(document, failures) {
  const result = execute({
    schema, document: parse(document), rootValue: root,
    fieldResolver: (source, _args, _context, { fieldName }) => {
      if (failures.includes(`${source.id}.${fieldName}`)) throw new Error(`${source.id}.${fieldName} failed`);
      return source[fieldName];
    },
  });
  return deepFreeze(JSON.parse(JSON.stringify(result)));
}

const BIG = `{
  person { id name boss { id name } pets { __typename id name ... on Cat { meow owner { id name } } ... on Dog { bark master: owner { id name } } } }
  people { id name grid { n label } }
  must { id name }
  things { __typename ... on Cat { id meow } ... on Person { key: id who: name boss { id } } }
  nobody { id }
  none { id name }
  count
}`;
const OTHER = "{ must { name boss { name } } n: count lead: person { boss { id name } } }";

/** Plans as `Operation::projection` writes them. `whole`: all fields come in the order of their source. */
const CASES = [
  {
    waiter: "{ people { name } count }", sources: [BIG], whole: true,
    plan: [["people", "people", [["name", "name", 0, 0]], 0, 0], ["count", "count", 0, 0, 0]],
  },
  {
    waiter: "{ sum: count everybody: people { boxes: grid { label } title: name again: name } }", sources: [BIG],
    plan: [
      ["sum", "count", 0, 0, 0],
      ["everybody", "people", [["boxes", "grid", [["label", "label", 0, 0]], 0], ["title", "name", 0, 0], ["again", "name", 0, 0]], 0, 0],
    ],
  },
  {
    waiter: "{ people { grid { n label } } none { name } nobody { id } }", sources: [BIG], whole: true,
    plan: [["people", "people", [["grid", "grid", 0, 0]], 0, 0], ["none", "none", [["name", "name", 0, 0]], 0, 0], ["nobody", "nobody", 0, 0, 0]],
  },
  {
    waiter: "{ person { pets { name ... on Dog { noise: bark p: owner { id } } ... on Cat { volume: meow o: owner { id } } } } }",
    sources: [BIG], whole: true,
    plan: [["person", "person", [["pets", "pets", [
      ["name", "name", 0, 0], ["noise", "bark", 0, 1], ["p", "master", [["id", "id", 0, 0]], 1],
      ["volume", "meow", 0, 1], ["o", "owner", [["id", "id", 0, 0]], 1],
    ], 0]], 0, 0]],
  },
  {
    waiter: "{ must { id name } things { ... on Person { name boss { id } } kind: __typename ... on Cat { meow } } }", sources: [BIG],
    plan: [
      ["must", "must", 0, 0, 0],
      ["things", "things", [["name", "who", 0, 1], ["boss", "boss", 0, 1], ["kind", "__typename", 0, 0], ["meow", "meow", 0, 1]], 0, 0],
    ],
  },
  {
    waiter: "{ things { ... on Person { id } ... on Cat { id } } }", sources: [BIG],
    plan: [["things", "things", [["id", "key", 0, 1], ["id", "id", 0, 1]], 0, 0]],
  },
  {
    waiter: "{ a: people { id } b: people { title: name } }", sources: [BIG],
    plan: [["a", "people", [["id", "id", 0, 0]], 0, 0], ["b", "people", [["title", "name", 0, 0]], 0, 0]],
  },
  {
    waiter: "{ count must { name } person { name } lead: person { boss { id } } }", sources: ["{ must { id } person { id name } }", OTHER],
    plan: [
      ["count", "n", 0, 0, 1], ["must", "must", [["name", "name", 0, 0]], 0, 1], ["person", "person", [["name", "name", 0, 0]], 0, 0],
      ["lead", "lead", [["boss", "boss", [["id", "id", 0, 0]], 0]], 0, 1],
    ],
  },
];

/** The places that are null because of errors, which is all that different orders of execution agree on. */
function nulls({ data, errors = [] }) {
  return new Set(errors.map(({ path }) => {
    let value = data;
    let at = 0;
    while (value !== null) value = value[path[at++]];
    return JSON.stringify(path.slice(0, at));
  }));
}

const shown = ({ errors }) => errors?.map(({ message, path }) => JSON.stringify([message, path])).sort();

for (const { waiter, sources, plan, whole } of CASES) {
  test(`cut out or doubted, never wrong: ${waiter}`, () => {
    const trials = [[]];
    FAILURES.forEach((a, i) => {
      trials.push([a]);
      FAILURES.slice(i + 1).forEach((b, j) => {
        trials.push([a, b]);
        for (const c of FAILURES.slice(i + j + 2)) trials.push([a, b, c]);
      });
    });
    const seen = { cut: 0, withErrors: 0, dataNull: 0, doubted: 0 };
    for (const failures of trials) {
      const truth = answer(waiter, failures);
      const answers = sources.map((source) => answer(source, failures));
      const result = cut(plan, answers);
      if (!result) {
        assert.ok(answers.some(({ errors }) => errors), "a doubt without an error");
        seen.doubted += 1;
        continue;
      }
      seen.cut += 1;
      if (result.errors) seen.withErrors += 1;
      if (result.data === null) seen.dataNull += 1;
      assert.equal(JSON.stringify(result.data), JSON.stringify(truth.data), failures.join());
      assert.deepEqual(nulls(result), nulls(truth), failures.join());
      if (whole) assert.deepEqual(shown(result), shown(truth), failures.join());
      for (const error of result.errors ?? []) assert.equal(error.locations, undefined);
      assert.ok(isDeepFrozen(result));
    }
    assert.ok(seen.cut > 100 && seen.doubted > 0 && seen.withErrors > 0, JSON.stringify(seen));
    if (/count|must/.test(waiter)) assert.ok(seen.dataNull > 0, JSON.stringify(seen));
  });
}

const plan = [["p", "person", [["title", "name", 0, 0], ["boss", "boss", 0, 0]], 0, 0]];
const person = deepFreeze({ id: 1, name: "Ada", boss: { id: 2 } });

test("what is taken as a whole is the source's own object", () => {
  const { data } = cut(plan, [{ data: { person } }]);
  assert.equal(data.p.boss, person.boss);
  assert.deepEqual(Object.keys(data.p), ["title", "boss"]);
});

test("doubts", () => {
  const error = (path) => ({ message: "m", path });
  const doubts = {
    "no answer": [undefined],
    "no data": [{ errors: [error(["person"])] }],
    "data that is no object": [{ data: 7 }],
    "data null without an error": [{ data: null }],
    "data null, and no list of errors": [{ data: null, errors: "none" }],
    "an error without path": [{ data: { person }, errors: [{ message: "m" }] }],
    "an error with a path of null": [{ data: { person }, errors: [error(null)] }],
    "an error with an empty path": [{ data: { person }, errors: [error([])] }],
    "data null of a field not asked for": [{ data: null, errors: [error(["person"]), error(["count"])] }],
    "null under which a field failed that was not asked for": [{ data: { person: null }, errors: [error(["person", "id"])] }],
    "the same, and one that was": [{ data: { person: null }, errors: [error(["person", "name"]), error(["person", "id"])] }],
    "a path that is not this answer's": [{ data: { person }, errors: [error(["persons", "id"])] }],
    "a missing key": [{ data: { person: { name: "Ada" } } }],
    "a missing key at the root": [{ data: {} }],
    "an inherited key": [{ data: { person: Object.create({ name: "Ada", boss: null }) } }],
    "a scalar where an object should be": [{ data: { person: "Ada" } }],
    "one null among sources, unjustified": [{ data: { person } }, { data: null, errors: [error(["other"])] }],
  };
  for (const [name, answers] of Object.entries(doubts)) {
    const roots = answers[1] ? [...plan, ["count", "count", 0, 0, 1]] : plan;
    assert.equal(cut(roots, answers), undefined, name);
  }
  assert.equal(cut([["__proto__", "a", 0, 0, 0]], [{ data: { a: { evil: true } } }]), undefined);
  assert.equal(cut([["k", "a", 0, 1, 0], ["k", "b", 0, 1, 0]], [{ data: { a: 1, b: 2 } }]), undefined);
});

test("errors that do not concern the waiter leave it alone", () => {
  const errors = [{ message: "elsewhere", path: ["person", "id"] }, { message: "further", path: ["list", 0, "x"] }];
  assert.deepEqual(cut(plan, [{ data: { person: { ...person, id: null }, list: [null] }, errors }]), { data: { p: { title: "Ada", boss: { id: 2 } } } });
});

test("an error goes to every field that has it, with the rest of its path and its extensions", () => {
  const errors = [{ message: "m", path: ["list", 1, "boss", "id"], locations: [{ line: 1, column: 1 }], extensions: { code: "X" } }];
  const list = [["a", "list", [["b", "boss", 0, 0], ["c", "boss", [["d", "id", 0, 0]], 0]], 0, 0]];
  assert.deepEqual(cut(list, [{ data: { list: [null, { boss: { id: null } }] }, errors }]), {
    data: { a: [null, { b: { id: null }, c: { d: null } }] },
    errors: [
      { message: "m", path: ["a", 1, "b", "id"], extensions: { code: "X" } },
      { message: "m", path: ["a", 1, "c", "d"], extensions: { code: "X" } },
    ],
  });
});

test("errors of several sources come together; a justified null is the waiter's", () => {
  const two = [...plan, ["n", "count", 0, 0, 1]];
  const answers = [
    { data: { person: { name: null, boss: null } }, errors: [{ message: "one", path: ["person", "name"] }] },
    { data: null, errors: [{ message: "two", path: ["count"] }] },
    { errors: [{ message: "of a source that the plan does not use" }] },
  ];
  assert.deepEqual(cut(two, answers), {
    data: null, errors: [{ message: "one", path: ["p", "title"] }, { message: "two", path: ["n"] }],
  });
});

test("empty errors are none; they are given with the data, and what is no list of errors is in doubt", () => {
  const plan = [["a", "a", 0, 0, 0]];
  for (const errors of [[], {}, null, "", false]) assert.deepEqual(cut(plan, [{ data: { a: 1, b: 2 }, errors }]), { data: { a: 1 }, errors });
  for (const errors of ["no", { message: "no" }, ["no"], [null], [{}], [{ path: ["a"] }]]) assert.equal(cut(plan, [{ data: { a: 1 }, errors }]), undefined);
});
