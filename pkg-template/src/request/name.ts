/** What a request is named by, wherever something is kept for it: equal requests have one name, and others another. */
import type { GraphQLDocument, JsonOptions, QueryOptions } from "../api.js";
import { withParams, type ParamOptions } from "./params.js";
import { refuse, write } from "./write.js";

/** A request's options, by URL or of a query. */
interface Options {
  init?: JsonOptions;
  query?: QueryOptions;
  params?: ParamOptions;
}

/** A name, and apart from it the headers that may hold a secret or say whose request it is, which are no part of a name that is shown. */
export interface Name {
  readonly text: string;
  readonly secrets: string;
}

/** Headers that hold no secret. */
const PUBLIC = /^(accept|accept-language|content-type|range)$/;

/** Not part of what is asked for, but of how its answer is awaited. */
const WAITING = new Set(["signal", "onResponse", "headers"]);

/** Documents are static, and written once. */
const documents = new WeakMap<object, string>();

/** The text of a document as it names: where its nodes stood in a file is no part of it. */
function documentOf(source: GraphQLDocument<any, any>): string {
  if (typeof source === "string" || source instanceof String) return `${source}`;
  let text = documents.get(source);
  if (text === undefined) documents.set(source, (text = JSON.stringify(source, (member, value) => (member === "loc" ? undefined : value))));
  return text;
}

/** Names a request. Refuses what cannot be written, by its path. */
export function nameOf(source: string | URL | GraphQLDocument<any, any>, isDocument: boolean, values: object | undefined, { init, query, params }: Options): Name {
  const place = isDocument ? "query" : "init";
  const options: Record<string, any> = (isDocument ? query : init) ?? {};
  const shown: [string, string][] = [];
  const secret: [string, string][] = [];
  try {
    for (const pair of new Headers(options.headers)) (PUBLIC.test(pair[0]) ? shown : secret).push(pair);
  } catch (cause) {
    refuse(`${place}.headers`, `are no headers: ${cause}`);
  }
  const others = Object.fromEntries(Object.entries(options).filter(([name]) => !WAITING.has(name)));
  const what = isDocument ? [documentOf(source as GraphQLDocument), write(values, "values", true) ?? ""] : [withParams(source as string | URL, values, params)];
  return { text: JSON.stringify([...what, write({ ...others, ...(shown[0] && { headers: shown }) }, place, true)]), secrets: secret[0] ? JSON.stringify(secret) : "" };
}
