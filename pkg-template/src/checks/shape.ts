/** Shapes of options, as data, and what is wrong with a value that should have one. */
import { invalid } from "../error.js";

/** What a value must be. */
export type Shape =
  /** `url`: a string or a `URL`. */
  | "string" | "url" | "boolean" | "function" | "object" | "any"
  /** From 0. */
  | "number"
  /** One of these strings. */
  | ReadonlySet<unknown>
  /** A list, each member of this shape. */
  | readonly [Shape]
  /** Says itself what is wrong. */
  | ((value: any) => string | undefined)
  /** An object with these members and no others; `name!` may not be missing; `*` stands for every name. */
  | { readonly [name: string]: Shape };

const WORDS: Record<string, string> = {
  string: "a string", url: "a string or a URL", boolean: "true or false", function: "a function", object: "an object", number: "a number from 0",
};

const isObject = (value: unknown) => typeof value === "object" && !!value && !Array.isArray(value);

/** What is wrong with `value` and where, one sentence for each place; none: nothing. What is undefined was not given. */
export function problems(value: any, shape: Shape, path: string): string[] {
  const must = (what: string) => [`${path} must be ${what}, not ${value === null || typeof value === "object" ? kindOf(value) : `${typeof value} ${String(value)}`}`];
  if (value === undefined || shape === "any") return [];
  if (typeof shape === "function") {
    const wrong = shape(value);
    return wrong ? [`${path} ${wrong}`] : [];
  }
  if (typeof shape === "string") {
    const isRight = shape === "url" ? typeof value === "string" || value instanceof URL
      : shape === "number" ? value >= 0 && typeof value === "number"
      : typeof value === shape && value !== null;
    return isRight ? [] : must(WORDS[shape]!);
  }
  if (shape instanceof Set) return shape.has(value) ? [] : must([...shape].join(" or "));
  if (Array.isArray(shape)) return Array.isArray(value) ? value.flatMap((item, at) => problems(item, shape[0], `${path}[${at}]`)) : must("a list");
  if (!isObject(value)) return must("an object");
  const members = shape as { readonly [name: string]: Shape };
  const found = Object.keys(members).filter((name) => name.endsWith("!") && value[name.slice(0, -1)] === undefined).map((name) => `${path} needs "${name.slice(0, -1)}"`);
  for (const name of Object.keys(value)) {
    const place = path ? `${path}.${name}` : name;
    const member = [name, name + "!", "*"].find((known) => Object.hasOwn(members, known));
    if (member) found.push(...problems(value[name], members[member]!, place));
    else if (value[name] !== undefined) found.push(`unknown option ${place}; expected one of ${Object.keys(members).join(", ").replaceAll("!", "")}`);
  }
  return found;
}

const kindOf = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "a list" : "an object");

/** Throws what is wrong. `where`: the call whose options they are; `path`: under which of them. */
export function check(value: unknown, shape: Shape, where: string, path = ""): void {
  const wrong = problems(value, shape, path);
  if (wrong[0]) throw invalid(`${where}: ${wrong.join("; ").trim()}.`);
}
