/** The labels under which a GraphQL answer can be invalidated. */

/** So that what is remembered of an answer is bounded; types are few, and all named whatever their number. */
const MOST = 1_000;

/** For every object in it that says its type: `Type`, and `Type:id` for as long as they are not too many. */
export function labelsOf(value: unknown): string[] {
  const labels = new Set<string>();
  // Without recursion: it may be as deep as a stack is not.
  const rest: any[] = [value]; // JSON that nobody has looked at
  while (rest.length) {
    const value = rest.pop();
    if (typeof value !== "object" || value === null) continue;
    const { __typename: type, id } = value;
    if (typeof type === "string") {
      labels.add(type);
      if (/^(string|number)$/.test(typeof id) && labels.size < MOST) labels.add(`${type}:${id}`);
    }
    const inner = Object.values(value);
    for (let at = inner.length; at--; ) rest.push(inner[at]);
  }
  return [...labels];
}
