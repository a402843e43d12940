// Random worlds: a GraphQL schema, and data whose every value depends on nothing but the object it belongs to, the
// field and its arguments. So whatever else an operation asks for, its own part is always answered the same.
import { buildSchema, execute, isInterfaceType, isListType, isNonNullType, isObjectType, isUnionType, parse } from "graphql";

/** Few names, so that types have fields of the same name and other meaning. */
const FIELDS = ["id", "name", "size", "kind", "owner", "parts", "peer", "note"];
const LEAVES = ["ID", "String", "Int", "Float", "Boolean", "Color"];
const ARGUMENTS = ["id: ID", "n: Int = 3", "flag: Boolean", "color: Color = RED", "tags: [String!]", "filter: Filter", "must: Int!"];
const COLORS = ["RED", "GREEN", "BLUE"];

/** One field in so many fails, one value in so many is null. */
const FAILING = 60;
const NULL = 30;

/** A drawer of random choices. */
export const chooser = (random) => {
  const below = (bound) => Math.floor(random() * bound);
  return {
    below,
    chance: (percent) => random() * 100 < percent,
    one: (list) => list[below(list.length)],
    some: (list, least, most) => {
      const rest = [...list];
      return Array.from({ length: Math.min(rest.length, least + below(most - least + 1)) }, () => rest.splice(below(rest.length), 1)[0]);
    },
  };
};

/** A schema with objects, interfaces and a union, and what the manifest would say of it. */
export function world(random) {
  const choose = chooser(random);
  const objects = Array.from({ length: 3 + choose.below(3) }, (_, number) => `Object${number}`);
  const interfaces = Array.from({ length: 1 + choose.below(2) }, (_, number) => `Face${number}`);
  const composites = [...objects, ...interfaces, "Either"];
  const wrapped = (type) => choose.one([type, type, `${type}!`, `[${type}]`, `[${type}!]`, `[${type}!]!`, `[[${type}]]`]);
  const field = (name, ofObject = choose.chance(45)) => {
    const given = choose.chance(40) ? `(${choose.some(ARGUMENTS, 1, 3).join(", ")})` : "";
    return `${name}${given}: ${wrapped(choose.one(ofObject ? composites : LEAVES))}`;
  };
  const fields = (names) => names.map((name) => field(name));
  const faces = Object.fromEntries(interfaces.map((name) => [name, fields(choose.some(FIELDS, 2, 3))]));
  const nameOf = (text) => /^\w+/.exec(text)[0];
  const sdl = [
    `enum Color { ${COLORS.join(" ")} }`,
    "input Filter { color: Color n: Int = 1 tags: [String!] deep: Filter }",
    ...interfaces.map((name) => `interface ${name} { ${faces[name].join(" ")} }`),
    ...objects.map((name) => {
      // Two interfaces with a field of one name may want it of two types: then only the first is implemented.
      const own = new Map();
      const implemented = interfaces.filter((face) => choose.chance(60) && faces[face].every((text) => !own.has(nameOf(text))) && faces[face].every((text) => own.set(nameOf(text), text)));
      for (const text of fields(choose.some(FIELDS, 3, 6))) if (!own.has(nameOf(text))) own.set(nameOf(text), text);
      return `type ${name}${implemented.length ? ` implements ${implemented.join(" & ")}` : ""} { ${[...own.values()].join(" ")} }`;
    }),
    `union Either = ${choose.some(objects, 2, 3).join(" | ")}`,
    `type Query { ${[...composites.map((type) => field(`the${type}`, true)), field("count", false)].join(" ")} }`,
  ].join("\n");
  const schema = buildSchema(sdl);
  return { sdl, schema, types: typesOf(schema), seed: choose.below(2 ** 30) };
}

/** The manifest's `types`. */
function typesOf(schema) {
  const types = {};
  for (const [name, type] of Object.entries(schema.getTypeMap())) {
    if (name.startsWith("__") || !(isObjectType(type) || isInterfaceType(type) || isUnionType(type))) continue;
    const fields = isUnionType(type) ? {} : Object.fromEntries(Object.values(type.getFields()).flatMap(({ name, type: of }) => {
      const inner = named(of);
      return isObjectType(inner) || isInterfaceType(inner) || isUnionType(inner) ? [[name, inner.name]] : [];
    }));
    types[name] = { fields, ...(isObjectType(type) ? {} : { possible: schema.getPossibleTypes(type).map(({ name }) => name) }) };
  }
  return types;
}

export const named = (type) => (isListType(type) || isNonNullType(type) ? named(type.ofType) : type);

/** What a server answers to an operation, as it comes out of JSON. */
export function answer({ schema, seed }, document, variables, operationName) {
  const result = execute({
    schema, document: typeof document === "string" ? parse(document) : document, variableValues: variables, operationName, rootValue: { key: String(seed) },
    fieldResolver: ({ key }, args, _, { fieldName, returnType, schema }) => resolve(schema, `${key}.${fieldName}(${stable(args)})`, returnType, fieldName),
    typeResolver: ({ type }) => type,
  });
  return JSON.parse(JSON.stringify(result));
}

function resolve(schema, key, type, field) {
  if (hash(`${key} fails`) % FAILING === 0) throw new Error(`${field} failed`);
  return valueOf(schema, key, type);
}

function valueOf(schema, key, type) {
  if (isNonNullType(type)) return valueOf(schema, key, type.ofType);
  const number = hash(key);
  if (number % NULL === 0) return null;
  if (isListType(type)) return Array.from({ length: number % 4 }, (_, at) => valueOf(schema, `${key}[${at}]`, type.ofType));
  switch (type.name) {
    case "ID": return `id-${number % 1000}`;
    case "String": return `text ${number % 1000}`;
    case "Int": return number % 1000;
    case "Float": return (number % 1000) / 8;
    case "Boolean": return number % 2 === 0;
    case "Color": return COLORS[number % 3];
    default: {
      const possible = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
      return possible.length ? { key, type: possible[number % possible.length].name } : null;
    }
  }
}

/** Arguments as text, whatever their order. */
const stable = (value) =>
  value && typeof value === "object" && !Array.isArray(value)
    ? `{${Object.keys(value).sort().map((name) => `${name}:${stable(value[name])}`).join()}}`
    : Array.isArray(value) ? `[${value.map(stable).join()}]` : JSON.stringify(value);

/** FNV-1a, and a finish that spreads its last bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
