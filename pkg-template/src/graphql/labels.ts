/** What an answer says of itself: the types of the objects in it, and which objects they are. */

/** Of a larger answer only the types are noted: naming each object would cost more than it can save. */
const MOST_OBJECTS = 1_000;

/** `Type` and `Type:id` of every object that has `__typename`, and `id`. */
export function labelsOf(data: unknown): string[] {
  const types = new Set<string>();
  const objects = new Set<string>();
  const rest = [data];
  while (rest.length) {
    const node = rest.pop() as any;
    if (typeof node !== "object" || !node) continue;
    if (typeof node.__typename === "string") {
      types.add(node.__typename);
      if (node.id !== undefined && objects.size <= MOST_OBJECTS) objects.add(`${node.__typename}:${node.id}`);
    }
    for (const key in node) rest.push(node[key]);
  }
  return [...types, ...(objects.size > MOST_OBJECTS ? [] : objects)];
}
