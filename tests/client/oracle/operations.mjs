// Random operations that are valid for a schema, in all the spellings that a person or a tool could choose.
import { isAbstractType, isCompositeType, isEnumType, isInputObjectType, isListType, isNonNullType, isObjectType, isUnionType, parse, validate } from "graphql";
import { chooser, named } from "./world.mjs";

const DEEPEST = 4;

/** An operation with its variables. Those that turn out to be invalid are thrown away and drawn again. */
export function operation(schema, random) {
  for (;;) {
    const drawn = new Draft(schema, random).draw();
    if (validate(schema, parse(drawn.query)).length === 0) return drawn;
  }
}

class Draft {
  constructor(schema, random) {
    this.schema = schema;
    this.choose = chooser(random);
    /** Declarations and values of variables. */
    this.declared = [];
    this.variables = {};
    this.fragments = [];
  }

  draw() {
    const { choose } = this;
    const selection = this.selection(this.schema.getQueryType(), 0);
    const declared = this.declared.length ? `(${this.declared.join(choose.one([", ", " "]))})` : "";
    const name = choose.chance(60) ? ` ${choose.one(["Load", "Q", "Card"])}` : "";
    const head = declared || name || choose.chance(50) ? `query${name}${declared} ` : "";
    const parts = choose.chance(50) ? [head + selection, ...this.fragments] : [...this.fragments, head + selection];
    return { query: parts.join(choose.one(["\n", " ", "\n# more\n"])), variables: this.variables };
  }

  selection(type, depth) {
    const { choose } = this;
    const fields = isUnionType(type) ? [] : Object.values(type.getFields());
    const parts = choose.some(fields, 1, depth ? 4 : 2).map((field) => this.field(field, depth));
    if (depth && choose.chance(25)) parts.push(choose.chance(20) ? "kindOf: __typename" : "__typename");
    const near = this.near(type);
    for (let count = isAbstractType(type) ? choose.below(3) : Number(choose.chance(15)); count > 0 && near[0] && depth < DEEPEST; count -= 1) {
      parts.push(this.fragment(choose.one(near), depth, type));
    }
    // One field in two words, or the same twice.
    if (parts.length > 1 && choose.chance(8)) parts.push(parts[0]);
    return `{ ${(parts.length ? parts : ["__typename"]).join(choose.one([" ", ", ", "\n  "]))} }`;
  }

  /** Types on which a fragment may stand here. */
  near(type) {
    const possible = (of) => (isObjectType(of) ? [of] : this.schema.getPossibleTypes(of));
    return Object.values(this.schema.getTypeMap()).filter(
      (other) => isCompositeType(other) && !other.name.startsWith("__") && possible(other).some((object) => possible(type).includes(object)),
    );
  }

  fragment(type, depth, within) {
    const { choose } = this;
    const selection = this.selection(type, depth + 1);
    if (choose.chance(35)) {
      const name = `F${this.fragments.length}`;
      this.fragments.push(`fragment ${name} on ${type.name} ${selection}`);
      return `...${name}${this.condition()}`;
    }
    return `...${type === within && choose.chance(50) ? "" : ` on ${type.name}`}${this.condition()} ${selection}`;
  }

  field({ name, args, type }, depth) {
    const { choose } = this;
    const alias = choose.chance(20) ? `${choose.one(["a", "b", "my", "it"])}${choose.one(["", "One", "Two"])}: ` : "";
    const given = args.filter(({ type, defaultValue }) => (isNonNullType(type) && defaultValue === undefined) || choose.chance(55));
    if (choose.chance(50)) given.reverse();
    const values = given.length ? `(${given.map((argument) => `${argument.name}: ${this.value(argument.type, argument)}`).join(", ")})` : "";
    const inner = named(type);
    const head = alias + name + values + this.condition();
    if (!isCompositeType(inner)) return head;
    return `${head} ${depth < DEEPEST ? this.selection(inner, depth + 1) : "{ __typename }"}`;
  }

  condition() {
    const { choose } = this;
    if (!choose.chance(7)) return "";
    const value = choose.chance(50) ? String(choose.chance(50)) : this.variable("Boolean!", choose.chance(50));
    return ` @${choose.one(["skip", "include"])}(if: ${value})`;
  }

  /** A literal, or a variable. */
  value(type, place) {
    const { choose } = this;
    if (choose.chance(35)) {
      const absent = !isNonNullType(type) && choose.chance(15);
      return this.variable(String(type), absent ? undefined : this.plain(type), place);
    }
    return this.literal(type, this.plain(type));
  }

  variable(type, value) {
    const { choose } = this;
    const name = `v${this.declared.length}`;
    const isDefault = value !== undefined && choose.chance(15) && /^(Int|Boolean|ID|String)!?$/.test(type);
    this.declared.push(`$${name}: ${type}${isDefault ? ` = ${JSON.stringify(value)}` : ""}`);
    if (value !== undefined && !(isDefault && choose.chance(50))) this.variables[name] = value;
    return `$${name}`;
  }

  /** A value as JSON has it. */
  plain(type) {
    const { choose } = this;
    if (isNonNullType(type)) return this.plain(type.ofType);
    if (isListType(type)) return Array.from({ length: choose.below(3) }, () => this.plain(type.ofType));
    if (isEnumType(type)) return choose.one(["RED", "GREEN"]);
    if (isInputObjectType(type)) {
      return Object.fromEntries(choose.some(Object.values(type.getFields()), 0, 2).map(({ name, type }) => [name, name === "deep" ? {} : this.plain(type)]));
    }
    return { ID: choose.one(["1", "2"]), Int: choose.below(3), Boolean: choose.chance(50), String: choose.one(["x", "é \"y\""]), Float: 0.5 }[type.name];
  }

  literal(type, value) {
    if (isNonNullType(type)) return this.literal(type.ofType, value);
    if (isListType(type)) return value.length === 1 && this.choose.chance(30) ? this.literal(type.ofType, value[0]) : `[${value.map((item) => this.literal(type.ofType, item)).join(", ")}]`;
    if (isEnumType(type)) return value;
    if (isInputObjectType(type)) return `{${Object.entries(value).map(([name, inner]) => `${name}: ${this.literal(type.getFields()[name].type, inner)}`).join(", ")}}`;
    return JSON.stringify(value);
  }
}
