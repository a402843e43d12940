/** Parameters behind a URL. */
import { isPlain } from "./json.js";
import { kindOf, refuse, refuseValue } from "./write.js";

/**
 * How lists and objects are written as parameters, in the words of axios's and qs's `arrayFormat`: `brackets` a[]=1&a[]=2,
 * `repeat` a=1&a=2, `comma` a=1,2, `indices` a[0]=1&a[1]=2; an object is o[name]=value in each of them.
 */
export type ParamStyle = "brackets" | "repeat" | "comma" | "indices";

/** How parameters are written. */
export interface ParamOptions {
  /** Without one lists and objects are refused: servers read them in several ways. */
  style?: ParamStyle;
}

/** What stands behind a list's name for each of its items. */
const ITEM: Record<ParamStyle, (at: string) => string> = { brackets: () => "[]", repeat: () => "", comma: () => "", indices: (at) => `[${at}]` };

/** A URL with parameters behind those that it has. `undefined` and `null` are left out; a `Date` is its ISO time. */
export function withParams(source: string | URL, params: object | undefined, { style }: ParamOptions = {}, path = "values"): string {
  const found: string[] = [];
  if (style !== undefined && !Object.hasOwn(ITEM, style)) refuse("params.style", "must be brackets, repeat, comma or indices");
  /** `isInList`: only `indices` tells one list in a list from the next. */
  const put = (name: string, value: any, where: string, outer: readonly unknown[], isInList?: boolean): void => {
    if (value == null) return;
    const text = textOf(value, where);
    if (text !== undefined) return void found.push(pair(name, text));
    if (outer.includes(value)) refuse(where, "contains itself");
    if (!style) refuse(leaf(value, where), 'is nested, which servers read in several ways: say which with params: { style: "brackets" } (or repeat, comma, indices)');
    if (isInList && style !== "indices") refuse(where, "is nested in a list, which only the style indices can write");
    const members = Object.entries(value);
    if (!Array.isArray(value)) return putAll(members, (member) => `${name}[${member}]`, where, [...outer, value]);
    const items = members.map(([at, item]) => [at, item, `${where}[${at}]`] as const);
    if (style !== "comma") return items.forEach(([at, item, place]) => put(name + ITEM[style](at), item, place, [...outer, value], true));
    // A comma of a value's own is encoded, unlike those between them.
    const texts = items.flatMap(([, item, place]) => (item == null ? [] : pair("", textOf(item, place) ?? refuse(place, "is nested in a list, which only the style indices can write")).slice(1)));
    if (texts[0] !== undefined) found.push(pair(name, "") + texts);
  };
  const putAll = (members: Iterable<[string, unknown]>, named: (name: string) => string, where: string, outer: readonly unknown[]): void => {
    for (const [name, value] of members) {
      // It would be another's where brackets say what is in what.
      if (style && /[[\]]/.test(name)) refuse(`${where}.${name}`, "has a bracket in its name, which the style gives a meaning");
      put(named(name), value, `${where}.${name}`, outer);
    }
  };
  const isList = /^(URLSearchParams|FormData)$/.test(kindOf(params));
  if (params && !isList && !isPlain(params)) refuse(path, "must be a plain object, URLSearchParams or FormData");
  putAll(isList ? (params as URLSearchParams) : Object.entries(params ?? {}), (name) => name, path, []);
  const [url, ...fragment] = String(source).split("#");
  return [found[0] === undefined ? url : url + (url!.includes("?") ? "&" : "?") + found.join("&"), ...fragment].join("#");
}

const pair = (name: string, value: string): string => `${new URLSearchParams([[name, value]])}`;

/** What is one text; `undefined`: a list or an object. */
function textOf(value: any, where: string): string | undefined {
  if (/^(string|boolean|bigint)$/.test(typeof value) || Number.isFinite(value)) return `${value}`;
  const kind = kindOf(value);
  if (kind === "Date" && !Number.isNaN(+value)) return (value as Date).toISOString();
  if (kind === "URL") return value.href;
  if (typeof value !== "object" || !(Array.isArray(value) || isPlain(value))) refuseValue(where, value);
  return;
}

/** Where the first thing in a nested value stands. */
function leaf(value: any, where: string, depth = 0): string {
  const [member] = value && typeof value === "object" && depth < 9 ? Object.keys(value) : [];
  return member === undefined ? where : leaf(value[member], Array.isArray(value) ? `${where}[${member}]` : `${where}.${member}`, depth + 1);
}
