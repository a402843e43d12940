/** Cutting a waiter's answer out of the answers to other operations. */
import { errorsOf, type Answered, type Problem } from "../answered.js";

/**
 * How one field is had: its key in the waiter's answer, its key in the source's, what is cut under it (0: all of it as
 * it is), whether it may be absent (1: it stands under a type condition), and at the root the number of its source.
 */
export type Node = readonly [key: string, from: string, children: readonly Node[] | 0, conditional: 0 | 1, source?: number];

type Path = readonly (string | number)[];

/** Thrown when the waiter's own query has to be sent after all. */
const DOUBT = {};

/**
 * The answer that the waiter's own query would have got, frozen; `undefined` where that is in doubt. What is taken as a
 * whole is the source's own object. `extensions` are left behind: they tell of the source's operation.
 */
export function cut(plan: readonly Node[], answers: readonly Answered[]): Answered | undefined {
  try {
    const errors = [];
    let isNull = false;
    // What is there in the place of errors where there are none: some clients tell an empty list from nothing.
    let none: Pick<Answered, "errors"> = {};
    for (const source of new Set(plan.map((node) => node[4]!))) {
      const answer = answers[source]!;
      const { data } = answer;
      const theirs = errorsOf(answer);
      // What is not as it should be its client may show in its own way.
      if (theirs?.some((error, at) => error !== (answer.errors as unknown[])[at])) throw DOUBT;
      if (!theirs && "errors" in answer) none = { errors: answer.errors };
      const mine = concerning(theirs ?? [], data, plan.filter((node) => node[4] === source));
      if (typeof data !== "object" || (data === null && !mine[0])) throw DOUBT;
      isNull ||= data === null;
      errors.push(...mine);
    }
    const data = isNull ? null : object(plan, (node) => answers[node[4]!]!.data);
    return Object.freeze(errors[0] ? { data, errors: Object.freeze(errors) } : { data, ...none });
  } catch {
    // Also of answers that are no answers at all: what becomes of them is for the waiter's own query to tell.
    return;
  }
}

function object(nodes: readonly Node[], from: (node: Node) => any): unknown {
  const result: Record<string, unknown> = {};
  for (const node of nodes) {
    const source = from(node);
    const key = node[0];
    if (!Object.hasOwn(source, node[1])) {
      if (node[3]) continue;
      throw DOUBT;
    }
    const value = below(source[node[1]], node[2]);
    // Two type conditions that hold may name one field; only of whole values it is clear that they are the same.
    if (key === "__proto__" || (Object.hasOwn(result, key) && result[key] !== value)) throw DOUBT;
    result[key] = value;
  }
  return Object.freeze(result);
}

function below(value: any, nodes: readonly Node[] | 0): unknown {
  if (!nodes || value === null) return value;
  if (typeof value !== "object") throw DOUBT;
  return Array.isArray(value) ? Object.freeze(value.map((item) => below(item, nodes))) : object(nodes, () => value);
}

/** Those of a source's errors that concern the waiter, with the paths of its own answer. */
function concerning(errors: readonly Problem[], data: any, nodes: readonly Node[]) {
  return errors.flatMap(({ locations: _theirs, ...error }) => {
    const path = error.path!;
    if (!path[0]) throw DOUBT;
    const places = placesOf(path, nodes);
    let value = data;
    let at = 0;
    while (at < path.length && value !== null) {
      value = value[path[at++]!];
      if (value === undefined) throw DOUBT; // the path is not one of this answer
    }
    // Where the waiter did not ask for what failed, this null might be a value: everywhere, or under one of its names.
    const isMine = (place: Path) => places.some((whole) => place.every((step, depth) => step === whole[depth]));
    if (value === null && !placesOf(path.slice(0, at), nodes).every(isMine)) throw DOUBT;
    return places.map((path) => Object.freeze({ ...error, path: Object.freeze(path) }));
  });
}

/** Where a path leads in the waiter's answer: once for every node that takes it. */
function placesOf([step, ...steps]: Path, nodes: readonly Node[] | 0): Path[] {
  if (step === undefined) return [[]];
  if (!nodes) return [[step, ...steps]];
  if (typeof step === "number") return placesOf(steps, nodes).map((place) => [step, ...place]);
  return nodes.flatMap(([key, from, children]) => from === step ? placesOf(steps, children).map((place) => [key, ...place]) : []);
}
