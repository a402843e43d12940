// Cuts a WebAssembly module in two: a first part that every page loads, and a later one with what only some pages need,
// which is loaded into the same memory. (Binaryen has a tool for this, wasm-split, but its npm package leaves it out.)
//
// What only the later part needs goes there. Where the first calls into it, an import stands; what the later one calls in
// the first, the first exports; and the later one puts its functions in their places in the one table. All names of these
// imports and exports begin with a digest of the whole: parts of different builds, which would take each other's memory
// for something else, refuse to be linked.
//
// It works on the text format as Binaryen prints it: one module field after the other, each indented by one space.
import { createHash } from "node:crypto";
import binaryen from "binaryen";

/** A name as the text format has it: with quotes if it has signs that need them. */
const NAME = String.raw`\$(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)`;

/**
 * @param {Uint8Array} bytes the whole, with the names of its functions
 * @param {object} options
 * @param {readonly string[]} options.exports what the later part exports, and the first does not
 * @param {RegExp} options.belongs the functions that are always the later part's, by name
 * @param {RegExp} [options.idle] functions that nobody calls through the table, though they stand in it
 * @param {number} [options.features] what the module may use, if it does not say so itself, as what was cut off before does not
 * @returns {{ first: Uint8Array, later: Uint8Array, features: number }} both with names, neither optimised
 */
export function split(bytes, { exports, belongs, idle = /^$/, features }) {
  const prefix = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const whole = read(bytes, features);
  const plain = (name) => name.replace(/^\$"?/, "");
  const isLaters = (name) => belongs.test(plain(name));
  const called = whole.table.filter((name) => !idle.test(plain(name)));
  const roots = whole.exports.filter(({ name }) => !exports.includes(name));
  const first = reach([...roots.map(({ func }) => func), ...called.filter((name) => !isLaters(name))], whole.functions, isLaters);
  const ours = whole.exports.filter(({ name }) => exports.includes(name)).map(({ func }) => func);
  const all = reach([...first, ...ours, ...called], whole.functions, () => false);
  const later = [...all].filter((name) => !first.has(name));
  for (const { name, func } of whole.exports) if (exports.includes(name) && first.has(func)) throw new Error(`\`${name}\` cannot be in the later part: the first calls it`);

  const calledBy = (callers) => new Set([...callers].flatMap((name) => [...whole.functions.get(name).calls]));
  const fromFirst = calledBy(first);
  const fromLater = calledBy(later);
  const inwards = later.filter((name) => fromFirst.has(name));
  const outwards = [...fromLater].filter((name) => !later.includes(name));
  const short = new Map([...inwards, ...outwards].map((name, number) => [name, `${prefix}${number.toString(36)}`]));

  const importOf = (part, name) => `(import "${part}" "${short.get(name)}" (func ${name} ${whole.typeOf(name)}))`;
  const exportOf = (name) => `(export "${short.get(name)}" (func ${name}))`;
  const shared = [["memory", "memory", whole.memory], ["table", "table", whole.tableName], ["global", "stack", "$__stack_pointer"]];
  const bodies = (names) => [...names].map((name) => whole.functions.get(name).text);
  const places = whole.table.flatMap((name, place) => (!later.includes(name) ? [] : [`(elem (table ${whole.tableName}) (i32.const ${place + whole.tableStart}) func ${name})`]));
  return {
    features: whole.features,
    first: assemble(whole.features, [
      ...whole.types, ...whole.imports, ...inwards.map((name) => importOf("later", name)), ...whole.definitions,
      `(elem (table ${whole.tableName}) (i32.const ${whole.tableStart}) func ${whole.table.map((name) => (first.has(name) ? name : `$absent${prefix}`)).join(" ")})`,
      `(func $absent${prefix} unreachable)`,
      ...whole.otherExports, ...roots.map(({ text }) => text), ...outwards.map(exportOf), ...shared.map(([kind, name, internal]) => `(export "${prefix}${name}" (${kind} ${internal}))`),
      ...bodies(first),
    ]),
    later: assemble(whole.features, [
      ...whole.types,
      `(import "first" "${prefix}memory" (memory ${whole.memory} 1))`,
      `(import "first" "${prefix}table" (table ${whole.tableName} 1 funcref))`,
      `(import "first" "${prefix}stack" (global $__stack_pointer (mut i32)))`,
      ...outwards.map((name) => importOf("first", name)),
      ...whole.exports.filter(({ name }) => exports.includes(name)).map(({ text }) => text), ...inwards.map(exportOf), ...places,
      ...bodies(later),
    ]),
  };
}

/** Takes a module apart into its fields. */
function read(bytes, given) {
  const module = binaryen.readBinary(bytes);
  const features = given ?? module.getFeatures();
  const fields = module.emitText().split(/\n (?=\()/).slice(1);
  module.dispose();
  fields.push(fields.pop().replace(/\n\)\s*$/, "")); // the module's own bracket
  const of = (kind) => fields.filter((field) => field.startsWith(`(${kind} `));
  const named = (field) => new RegExp(`^\\(\\w+ (${NAME})`).exec(field)[1];
  const functions = new Map(of("func").map((text) => [named(text), {
    text,
    calls: new Set([...text.matchAll(new RegExp(`\\((?:return_)?call (${NAME})`, "g"))].map(([, callee]) => callee)),
  }]));
  const imported = new Map(of("import").filter((field) => field.includes("(func ")).map((text) => {
    const [, name, type] = new RegExp(`\\(func (${NAME})(.*)\\)\\)$`).exec(text);
    return [name, type];
  }));
  const elements = of("elem");
  if (elements.length > 1) throw new Error("the module has several element segments");
  return {
    features, functions, imports: of("import"), types: [...of("type"), ...of("rec")],
    definitions: [...of("global"), ...of("memory"), ...of("data"), ...of("table")],
    memory: named(of("memory")[0]), tableName: /\(table (\S+)\)/.exec(elements[0])[1], tableStart: Number(/\(i32\.const (\d+)\)/.exec(elements[0])[1]),
    table: [...elements[0].slice(elements[0].indexOf(" func ")).matchAll(new RegExp(NAME, "g"))].map(([name]) => name),
    otherExports: of("export").filter((field) => !field.includes("(func ")),
    exports: of("export").filter((field) => field.includes("(func ")).map((text) => {
      const [, name, func] = new RegExp(`^\\(export "([^"]+)" \\(func (${NAME})`).exec(text);
      return { name, func, text };
    }),
    typeOf: (name) => imported.get(name) ?? (/^\(func \S+(?: \(type [^)]*\))?((?: \((?:param|result)[^)]*\))*)/.exec(functions.get(name).text.replace(name, "$f")))[1].replaceAll(/\(param \$\S+ /g, "(param "),
  };
}

/** What can be called from `roots`, without going into what `stops` holds for. */
function reach(roots, functions, stops) {
  const reached = new Set();
  const rest = [...roots];
  while (rest.length > 0) {
    const name = rest.pop();
    if (reached.has(name) || stops(name) || !functions.has(name)) continue;
    reached.add(name);
    rest.push(...functions.get(name).calls);
  }
  return reached;
}

function assemble(features, fields) {
  const module = binaryen.parseText(`(module\n${fields.join("\n")}\n)`);
  module.setFeatures(features);
  if (!module.validate()) throw new Error("a part of the module is not valid");
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}
