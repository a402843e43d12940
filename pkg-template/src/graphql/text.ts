/** The text of a GraphQL document, however it was given. */
import { ForebayError } from "../error.js";

/** A syntax node as graphql-js makes it. */
type Syntax = any;

/** Documents are static, and printed once. */
const printed = new WeakMap<object, string>();

const WANTED = "needed is a document with operations and fragments: text, or what gql`…` or a loader made of it.";

/**
 * A parsed document is printed, never quoted from its `loc`: that names more than the document holds where graphql-tag
 * has dropped a fragment's second copy or its loader took one operation out of a file, less where the loader has
 * appended imported fragments, and something else where a library has put in `__typename`.
 */
export function textOf(document: unknown): string {
  // Generated documents can be objects that extend String.
  if (typeof document === "string" || document instanceof String) return `${document}`;
  const { kind, definitions } = (document ?? {}) as Syntax;
  if (kind !== "Document" || !definitions?.length) {
    throw wrong(`This is ${kind === "Document" ? "an empty document" : document === null ? "null" : Array.isArray(document) ? "an array" : typeof document}`);
  }
  let text = printed.get(document as object);
  if (!text) printed.set(document as object, (text = each("", definitions, "\n")));
  return text;
}

const wrong = (given: string) => new ForebayError("invalid-document", `${given}; ${WANTED}`);

/** `before` and what stands behind it, or nothing. */
const put = (before: string, node: Syntax): string => (node ? before + print(node) : "");

/** All of them between brackets, or nothing. */
const each = (open: string, nodes: readonly Syntax[] | undefined, between = " ", close = ""): string =>
  nodes?.length ? open + nodes.map(print).join(between) + close : "";

const inside = (nodes: readonly Syntax[] | undefined) => each("(", nodes, " ", ")");

/** Directives and selections, which end whatever has them. */
const rest = ({ directives, selectionSet }: Syntax) => each("", directives, "") + put("", selectionSet);

const plain = ({ value }: Syntax) => `${value}`;
const named = ({ name, value }: Syntax) => print(name) + put(":", value);

/** How each kind of node is written, in as few characters as can be read back. */
const PRINTERS: Record<string, (node: Syntax) => string> = {
  OperationDefinition: (node) => node.operation + put(" ", node.name) + inside(node.variableDefinitions) + rest(node),
  FragmentDefinition: (node) => "fragment " + named(node) + inside(node.variableDefinitions) + put(" on ", node.typeCondition) + rest(node),
  VariableDefinition: (node) => print(node.variable) + put(":", node.type) + put("=", node.defaultValue) + rest(node),
  SelectionSet: (node) => each("{", node.selections, " ", "}"),
  Field: (node) => (node.alias ? print(node.alias) + ":" : "") + named(node) + inside(node.arguments) + rest(node),
  FragmentSpread: (node) => "..." + named(node) + inside(node.arguments) + rest(node),
  InlineFragment: (node) => "..." + put("on ", node.typeCondition) + rest(node),
  Directive: (node) => "@" + named(node) + inside(node.arguments),
  Argument: named,
  ObjectField: named,
  NamedType: named,
  Variable: (node) => "$" + named(node),
  ListType: (node) => `[${print(node.type)}]`,
  NonNullType: (node) => print(node.type) + "!",
  ListValue: (node) => each("[", node.values, " ", "]") || "[]",
  ObjectValue: (node) => each("{", node.fields, " ", "}") || "{}",
  // Every escape of JSON is one of GraphQL.
  StringValue: ({ value }) => JSON.stringify(value),
  NullValue: () => "null",
  Name: plain,
  IntValue: plain,
  FloatValue: plain,
  BooleanValue: plain,
  EnumValue: plain,
};

function print(node: Syntax): string {
  const printer = PRINTERS[node?.kind];
  if (!printer) throw wrong(`This document holds ${node?.kind ?? "something that is no node"}`);
  return put("", node.description) + printer(node);
}
