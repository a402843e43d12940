/** Which of a manifest's routes a path is, and what its values make of what the route needs. */
import type { NeededQuery, NeededRequest, RouteTable, RouteText, RouteValue } from "../api.js";

/** What a path says: its parameters as they are written there, and the page's query. */
export interface Place {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** What is wrong with what somebody has written by hand. `undefined`: nothing. */
export function flaw(table: unknown): string | undefined {
  if (!isObject(table)) return "must be an object, or a list of objects";
  for (const [pattern, needs] of Object.entries<any>(table as object)) {
    if (pattern[0] !== "/" || /\*./.test(pattern)) return `.${pattern}: a path begins with "/", and has "*" only at its end`;
    if (!Array.isArray(needs) || !needs.every((need) => isObject(need) && (need.url ?? need.query)?.length)) return `.${pattern}: must be a list of requests, each with "url" or "query"`;
  }
  return;
}

/** What is needed at this path: of each table what its first pattern that matches says. */
export function* needed(tables: readonly RouteTable[], path: string): Generator<readonly [NeededQuery | NeededRequest, Place]> {
  const [pathname, query] = path.split(/[?#]/, 2) as [string, string?];
  const search = query !== undefined && path[pathname.length] === "?" ? query : pathname === location.pathname ? location.search : "";
  for (const table of tables) {
    for (const [pattern, needs] of Object.entries(table)) {
      const parameters = matched(pattern, pathname);
      if (!parameters) continue;
      for (const need of needs) yield [need, { parameters, query: new URLSearchParams(search) }];
      break;
    }
  }
}

/** The parameters of a path, as they are written; `undefined` if it is another route. As `src/plan/pattern.rs` reads patterns. */
export function matched(pattern: string, path: string): Record<string, string> | undefined {
  const open = pattern.endsWith("*");
  const wanted = (open ? pattern.slice(0, -1) : pattern).split("/");
  const given = path.split("/");
  if (open ? given.length < wanted.length : given.length !== wanted.length) return;
  const parameters: Record<string, string> = {};
  const last = wanted.length - 1;
  const fits = wanted.every((segment, at) => {
    const value = given[at]!;
    if (segment[0] === ":") return (parameters[segment.slice(1)] = value);
    return open && at === last ? value.startsWith(segment) : value === segment;
  });
  return fits ? parameters : undefined;
}

/** What a value is at this place; `undefined` if the place does not say it. */
export function valueAt(value: RouteValue, { parameters, query }: Place): unknown {
  if ("param" in value) {
    const written = Object.hasOwn(parameters, value.param) ? parameters[value.param] : undefined;
    try {
      return written && decodeURIComponent(written);
    } catch {
      return written; // a lone `%`: it means itself
    }
  }
  return "query" in value ? query.get(value.query) ?? undefined : value.always;
}

/** A text with its values put in; `undefined` if one of them is not known here, or cannot be written. */
export function filled(text: RouteText, place: Place, write: (value: unknown) => string | undefined): string | undefined {
  if (typeof text === "string") return text;
  let known = true;
  const parts = text.map((part) => {
    if (typeof part === "string") return part;
    const value = valueAt(part, place);
    const written = value === undefined ? value : write(value);
    known &&= written !== undefined;
    return written;
  });
  return known ? parts.join("") : undefined;
}

/** A URL; in a plain text `:name` is a parameter as it is written in the path. */
export function urlAt(url: RouteText, place: Place): string | undefined {
  // A list or an object has no one form in a URL.
  if (typeof url !== "string") return filled(url, place, (value) => (/^(string|number|boolean|bigint)$/.test(typeof value) ? encodeURIComponent(`${value}`) : undefined));
  return url.replace(/([/=,]):(\w+)/g, (whole, before, name) => (Object.hasOwn(place.parameters, name) ? before + place.parameters[name] : whole));
}

const isObject = (value: any) => typeof value === "object" && value !== null && !Array.isArray(value);
