/** The host's options on their way into the core, which checks them (`src/bindings/options.rs`). */

/** Nothing that is right is deeper; what contains itself ends here. */
const DEEPEST = 6;

/**
 * Flattens options: for each value, before what is in it, its depth, path, key, kind, text and number.
 * What is undefined was not given.
 */
export function flatten(options: object, into: (string | number)[] = [], path = "", depth = 0): (string | number)[] {
  const isList = Array.isArray(options);
  for (const [key, value] of Object.entries(options)) {
    const place = isList ? `${path}[${key}]` : path && `${path}.` + key || key;
    // What the page needs on its routes is its own affair (`../route`).
    if (value === undefined || place === "manifest.routes") continue;
    const kind = Array.isArray(value) ? "list" : typeof value;
    into.push(depth, place, key, value === null ? 0 : KINDS.indexOf(kind), kind === "string" ? value : "", Number(kind === "object" || kind === "list" || kind === "symbol" ? 0 : value));
    if (value && typeof value === "object" && depth < DEEPEST) flatten(value, into, place, depth + 1);
  }
  return into;
}

/** Numbered as the core does; others are 0 or less. */
const KINDS = ["", "object", "list", "string", "number", "boolean"];
