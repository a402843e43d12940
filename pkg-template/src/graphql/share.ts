/** Structural sharing: what is equal stays the same object, so that views see at a glance what has changed. */

/** What lies deeper is not looked at: it stays what it is. */
const DEEPEST = 1_500;

/**
 * `before` itself if `after` is deeply equal to it; else `after`, with every subtree that is equal to its counterpart
 * replaced by that. The counterpart of a row that has an `id` is the row with the same, wherever it stood. Both are
 * JSON; neither is changed, but for `after` being frozen to its leaves.
 */
export function share(before: unknown, after: unknown, depth?: number): unknown;
export function share(before: any, after: any, depth = 0): unknown {
  if (before === after || !isObject(after) || depth > DEEPEST) return after;
  const isList = Array.isArray(after);
  const known = isObject(before) && Array.isArray(before) === isList ? before : undefined;
  const keys = Object.keys(after);
  let rows: Map<string, unknown> | undefined;
  let isSame = known && Object.keys(known).length === keys.length;
  let result = after;
  for (const key of keys) {
    const value = after[key];
    let counterpart = known && Object.hasOwn(known, key) ? known[key] : undefined;
    // Where the rows have kept their places, which is nearly always, nothing is looked up.
    const id = isList && known && identity(value);
    if (id && id !== identity(counterpart)) counterpart = (rows ??= new Map(known.map((row: unknown) => [identity(row), row]))).get(id);
    const shared = share(counterpart, value, depth + 1);
    if (!known || shared !== known[key]) isSame = false;
    if (shared === value) continue;
    // Spread makes an own member even of `__proto__`, so that the assignment finds one.
    if (result === after) result = isList ? [...after] : { ...after };
    result[key] = shared;
  }
  return isSame ? known : Object.freeze(result);
}

const isObject = (value: any) => typeof value === "object" && value !== null;

/** By what a row is known, if by anything. Numbers and texts stay apart. */
const identity = (row: any): string | undefined =>
  /^(string|number)$/.test(typeof row?.id) ? JSON.stringify([row.__typename, row.id]) : undefined;
