/** Structural sharing: what has not changed between two answers stays the same object, so that nobody renders it again. */

/** `before` if both are deeply equal; else `after`, frozen, with every part that is equal to its counterpart taken from `before`. */
export function share(before: any, after: any): any {
  if (before === after || typeof after !== "object" || !after) return after;
  const isList = Array.isArray(after);
  if (typeof before !== "object" || !before || Array.isArray(before) !== isList) return frozen(after);
  const rows = isList ? known(before) : undefined;
  const keys = Object.keys(after);
  let same = keys.length === Object.keys(before).length;
  let shares = false;
  const shared: any = isList ? [] : {};
  for (const key of keys) {
    const value = after[key];
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    const part = share(rows?.get(identity(value)) ?? old, value);
    same &&= Object.hasOwn(before, key) && part === old;
    shares ||= part !== value;
    Object.defineProperty(shared, key, { value: part, enumerable: true });
  }
  return same ? before : shares ? Object.freeze(shared) : frozen(after);
}

/** The rows of a list by what identifies them: an inserted row must not make all that follow it new. */
function known(list: readonly any[]): Map<unknown, unknown> {
  return new Map(list.map((row) => [identity(row), row] as const).filter(([name]) => name));
}

const identity = (row: any) => row?.id !== undefined && `${row.__typename} ${row.id}`;

/** Frozen to its leaves; what is frozen already is so to its leaves. */
function frozen(value: any): any {
  if (typeof value === "object" && value && !Object.isFrozen(value)) for (const key in Object.freeze(value)) frozen(value[key]);
  return value;
}
