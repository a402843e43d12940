/** Cutting one caller's answer out of others', by the core's plan (`src/graphql/projection.rs`). */

/** `[key, from, children, conditional, source]`; the last at the root only. */
export type Node = readonly [key: string, from: string, children: 0 | readonly Node[], conditional: 0 | 1, source?: number];

/** A GraphQL answer. */
export interface Answer {
  readonly data?: any;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: unknown;
}

interface GraphQLError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

type Path = readonly (string | number)[];

/** Thrown where the answers do not tell what the caller's own would be. */
const DOUBT = Symbol();

/**
 * The caller's answer; `undefined`: there is a doubt, and only the caller's own query can tell.
 *
 * An error concerns the caller if its path lies within the plan. A null is the caller's own unless an error below it
 * that does not concern the caller may have made it (a field that cannot be null fails with all that holds it).
 */
export function cut(plan: readonly Node[], answers: readonly Answer[]): Answer | undefined {
  const errors: GraphQLError[] = [];
  /** Of each answer, the paths of the errors that are others'. */
  const foreign = answers.map(({ errors: all = [] }, source) =>
    all.filter((error) => {
      const mine = error.path ? mapped(plan.filter((node) => node[4] === source), error.path) : [];
      for (const path of mine) errors.push({ ...error, path });
      return !mine.length;
    }),
  );
  try {
    // Without a path it may be anybody's.
    if (foreign.some((all) => all.some(({ path }) => !path))) throw DOUBT;
    let data: Record<string, unknown> | null = {};
    for (const node of plan) {
      const { data: from } = answers[node[4]!]!;
      if (from) take(from, node, data ?? {}, [], foreign[node[4]!]!);
      // The root itself is null: by an error of the caller's, or by others'.
      else if (from === undefined || foreign[node[4]!]!.length) throw DOUBT;
      else data = null;
    }
    return errors.length ? { data, errors } : { data };
  } catch (doubt) {
    if (doubt !== DOUBT) throw doubt;
    return;
  }
}

function take(from: any, [key, name, children, conditional]: Node, into: any, path: Path, foreign: readonly GraphQLError[]): void {
  if (!(name in from)) {
    if (conditional) return;
    throw DOUBT;
  }
  if (!Object.hasOwn(into, key)) define(into, key, value(from[name], children, [...path, name], foreign));
}

function value(from: any, children: Node[2], path: Path, foreign: readonly GraphQLError[]): unknown {
  // Most answers have no errors: then it is taken as it is.
  if (from === null || (!children && foreign.length)) checkNulls(from, path, foreign);
  if (from === null || !children) return from;
  if (Array.isArray(from)) return from.map((item, at) => value(item, children, [...path, at], foreign));
  const into = {};
  for (const node of children) take(from, node, into, path, foreign);
  return into;
}

/** Doubts every null that somebody else's error may have made. */
function checkNulls(from: any, path: Path, foreign: readonly GraphQLError[]): void {
  const near = foreign.filter(({ path: other }) => other!.length > path.length && path.every((step, at) => step === other![at]));
  if (!near.length) return;
  if (from === null) throw DOUBT;
  if (typeof from === "object") for (const key in from) checkNulls(from[key], [...path, Array.isArray(from) ? Number(key) : key], near);
}

/** Where an error's path lies in the caller's answer: once for each name that the field has there. */
function mapped(nodes: 0 | readonly Node[], [step, ...rest]: Path): Path[] {
  if (step === undefined || !nodes) return [step === undefined ? [] : [step, ...rest]];
  if (typeof step === "number") return mapped(nodes, rest).map((path) => [step, ...path]);
  return nodes.filter(([, from]) => from === step).flatMap(([key, , children]) => mapped(children, rest).map((path) => [key, ...path]));
}

/** Also a member called `__proto__` is a member. */
function define(into: object, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}
