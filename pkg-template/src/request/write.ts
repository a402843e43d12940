/**
 * The one writer of values in requests and in what they are named by. What is equal is written alike, what differs is
 * written differently, and what has no form of its own as text is refused by its path: `JSON.stringify` makes `{}` of
 * every `Headers`, `Map` and `FormData`, and so one request of two.
 */
import type { ErrorCode } from "../api.js";
import { ForebayError } from "../error.js";
import { isJson, isPlain } from "./json.js";

/** Says what is wrong with a value, and where it stands. */
export function refuse(path: string, why: string, code: ErrorCode = "invalid-option"): never {
  throw new ForebayError(code, `${path} ${why}.`);
}

/** The same of what cannot be written so that nothing else is written alike. */
export const refuseValue = (path: string, value: unknown, code?: ErrorCode): never =>
  refuse(path, `is ${typeof value === "object" ? `a ${value?.constructor?.name ?? kindOf(value)}` : typeof value === "number" ? value : typeof value}, which has no one form as text: give plain objects, lists, texts, numbers and dates`, code);

/** What an object is, whatever frame its class is of. */
export const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/**
 * A value as text; `undefined` for `undefined`, which is left out. As JSON it is what is sent, with members in their order.
 * With `isKey` it names: members are sorted, and what JSON has no sign for says what it is.
 */
export function write(value: any, path: string, isKey?: boolean, outer: readonly unknown[] = []): string | undefined {
  const code = isKey ? "invalid-option" : "invalid-body";
  const type = typeof value;
  if (type === "bigint") return value + (isKey ? "n" : "");
  if (type === "function" || type === "symbol" || (type === "number" && !Number.isFinite(value))) refuseValue(path, value, code);
  if (type !== "object" || !value) return JSON.stringify(value);
  if (outer.includes(value)) refuse(path, "contains itself", code);
  const kind = kindOf(value);
  const inside = (item: unknown, where = path) => write(item, where, isKey, [...outer, value]);
  const list = (items: Iterable<unknown>) => `[${Array.from(items, (item, at) => inside(item, `${path}[${at}]`) ?? refuseValue(`${path}[${at}]`, item, code))}]`;
  if (Array.isArray(value)) return list(value);
  const named = isKey ? kind : "";
  if (/^(Headers|FormData)$/.test(kind)) return named + list(value);
  if (kind === "URLSearchParams") return named + inside(`${value}`);
  if (ArrayBuffer.isView(value) || kind === "ArrayBuffer") return named + list(/^(ArrayBuffer|DataView)$/.test(kind) ? new Uint8Array(...((value.buffer ? [value.buffer, value.byteOffset, value.byteLength] : [value]) as [ArrayBuffer])) : (value as Uint8Array));
  if (typeof value.toJSON === "function" && !(kind === "Date" && Number.isNaN(+value))) return named + inside(value.toJSON());
  if (!isPlain(value)) refuseValue(path, value, code);
  const members = Object.entries(value).flatMap(([name, member]) => {
    const text = inside(member, `${path}.${name}`);
    return text === undefined ? [] : [JSON.stringify(name) + ":" + text];
  });
  return `{${isKey ? members.sort() : members}}`;
}

/** A body in JSON; `undefined` for `undefined`. Refuses (code `invalid-body`) what JSON has no form for, by its path. */
export const toJson = (value: unknown, path: string): string | undefined => (isJson(value) ? JSON.stringify(value) : write(value, path));
