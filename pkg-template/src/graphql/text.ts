/** The text of a GraphQL document, however it was given. */
import { ForebayError } from "../error.js";

/** A syntax node as graphql-js makes it. */
type Syntax = any;

/** Documents are static, and printed once. */
const printed = new WeakMap<object, string>();

/**
 * A parsed document is printed, never quoted from its `loc`: that says more than the document holds where graphql-tag
 * has dropped a fragment's second copy or its loader took one operation out of a file, less where the loader has
 * appended imported fragments, and something else where a library has put in `__typename`.
 */
export function textOf(document: unknown): string {
  // Generated documents can be objects that extend String.
  if (typeof document === "string" || document instanceof String) return `${document}`;
  const { kind, definitions } = Object(document) as Syntax;
  if (kind !== "Document" || !definitions?.[0] || !definitions.every((node: Syntax) => /^(Operation|Fragment)D/.test(node?.kind))) {
    const given = document === null ? document : definitions ? `a ${kind} of [${definitions.map((node: Syntax) => node?.kind)}]` : typeof document;
    throw new ForebayError("invalid-document", `A query is needed, as text or as gql makes it of operations and fragments, not ${given}.`);
  }
  let text = printed.get(document as object);
  if (!text) printed.set(document as object, (text = each(definitions, "", "")));
  return text;
}

const each = (nodes: readonly Syntax[] | undefined, open: string, close: string): string =>
  nodes ? open + nodes.map(print).join(" ") + close : "";

/** In parentheses, or nothing: empty ones are no GraphQL. */
const inside = (nodes: readonly Syntax[] | undefined) => (nodes?.[0] ? each(nodes, "(", ")") : "");

const put = (before: string, node: Syntax, after = ""): string => (node ? before + print(node) + after : "");

/** What stands before the members of a node. */
const SIGNS: Record<string, string> = {
  FragmentDefinition: "fragment ", FragmentSpread: "...", InlineFragment: "...", Directive: "@", Variable: "$", ListType: "[", NullValue: "null",
};

/**
 * Members in the one order that serves all kinds of nodes; each kind has few of them. As few characters as can be read
 * back: they go into every request.
 */
function print(node: Syntax): string {
  const { kind, value, operation } = node;
  const isType = /^(List|NonNull)Type/.test(kind);
  return put("", node.description) + (SIGNS[kind] ?? "") + (operation ? operation + " " : "") +
    put("", node.alias, ":") + put("", node.name) + put("", node.variable) +
    // Every escape of JSON is one of GraphQL.
    (kind === "StringValue" ? JSON.stringify(value) : typeof value === "object" ? put(":", value) : value ?? "") +
    put(isType ? "" : ":", node.type, kind === "ListType" ? "]" : isType ? "!" : "") + put("=", node.defaultValue) +
    inside(node.variableDefinitions) + inside(node.arguments) + put(" on ", node.typeCondition) +
    each(node.directives, "", "") + put("", node.selectionSet) +
    each(node.selections ?? node.fields, "{", "}") + each(node.values, "[", "]");
}
