/** The text of a GraphQL document, in whatever form an app has it. */
import { ForebayError } from "../error.js";

/** A document's syntax tree, as graphql-js and its like make it. */
interface Tree {
  readonly kind?: string;
  readonly [member: string]: any;
}

const printed = new WeakMap<object, string>();

/**
 * Texts are taken as they are; trees are printed, each once. (Not their `loc.source`: of documents that are put together
 * from several, it is the text of the first.)
 */
export function textOf(document: unknown): string {
  if (typeof document === "string") return document;
  const tree = document as Tree | null;
  if (tree?.kind !== "Document") {
    throw new ForebayError("invalid-document", "A GraphQL document is needed: a text, or what gql`…` gives. This is " + (typeof tree === "object" ? "another object." : `a ${typeof tree}.`));
  }
  let text = printed.get(tree);
  if (text === undefined) printed.set(tree, (text = list(tree["definitions"], "\n")));
  return text;
}

const list = (trees: readonly Tree[] | undefined, between: string, before = "", after = "") =>
  trees?.length ? before + trees.map(print).join(between) + after : "";

const name = (tree: Tree) => tree["name"]?.value ?? "";

/** Executable documents only (specification, §2). */
function print(tree: Tree): string {
  const { kind, value, values, type, directives, selectionSet, alias, typeCondition, defaultValue } = tree;
  const selections = () => list(directives, "", " ") + list(selectionSet?.selections, " ", "{", "}");
  const argumentsOf = () => list(tree["arguments"], ",", "(", ")");
  switch (kind) {
    case "OperationDefinition":
      return `${tree["operation"]} ${name(tree)}${list(tree["variableDefinitions"], ",", "(", ")")}${selections()}`;
    case "FragmentDefinition":
      return `fragment ${name(tree)} on ${name(typeCondition)}${selections()}`;
    case "VariableDefinition":
      return `${print(tree["variable"])}:${print(type)}${defaultValue ? "=" + print(defaultValue) : ""}${list(directives, "", " ")}`;
    case "Field":
      return (alias ? alias.value + ":" : "") + name(tree) + argumentsOf() + selections();
    case "FragmentSpread":
      return "..." + name(tree) + selections();
    case "InlineFragment":
      return `...${typeCondition ? "on " + name(typeCondition) : ""}${selections()}`;
    case "Directive":
      return "@" + name(tree) + argumentsOf() + " ";
    case "Argument":
    case "ObjectField":
      return name(tree) + ":" + print(value);
    case "Variable":
      return "$" + name(tree);
    case "NamedType":
      return name(tree);
    case "ListType":
      return `[${print(type)}]`;
    case "NonNullType":
      return print(type) + "!";
    case "StringValue":
      return JSON.stringify(value);
    case "NullValue":
      return "null";
    case "ListValue":
      return `[${values.map(print)}]`;
    case "ObjectValue":
      return `{${tree["fields"].map(print)}}`;
    default:
      if (value !== undefined) return String(value);
      throw new ForebayError("invalid-document", `A document to be sent cannot hold a ${kind}.`);
  }
}
