/**
 * What calls on an app's handle take beside what `fetch` takes: checked at once, whether the broker is there or not. Every
 * app carries this, so the options are a table of texts: `name:kind`, where a kind is one letter or the texts allowed.
 */
import { invalid } from "../error.js";

const ASK = "priority:background|user-visible|user-blocking deadline:n retries:r";
const QUERY = ASK + " endpoint:u headers:x signal:x credentials:omit|same-origin|include operationName:s onResponse:f";
const LABELS = "urls:l tags:l types:l groups:l";

const isText = (value: unknown) => typeof value === "string";

/** Kinds by their letters: what is right, and in words. */
const KINDS: Record<string, [test: (value: any) => unknown, words: string]> = {
  x: [() => 1, ""],
  s: [isText, "a string"],
  n: [(value) => typeof value === "number" && value >= 0, "a number from 0"],
  r: [(value) => Number.isInteger(value) && value >= 0 && value <= 10, "a whole number from 0 to 10"],
  f: [(value) => typeof value === "function", "a function"],
  o: [(value) => value === Object(value), "an object"],
  u: [(value) => isText(value) || value?.href, "a URL"],
  v: [(value) => value === null || value === Object(value), "an object, or null"],
  t: [(value) => value === false || isText(value), "a string, or false"],
  l: [(value) => Array.isArray(value) && value.every(isText), "a list of strings"],
  i: [(value) => value === null || (value && isText(value)), "the person's id as a string, or null"],
};

/** Checks what a call was given; throws what is wrong. */
export function checkCall(method: string, [first, second, third]: readonly any[]): void {
  const refuse = (what: string) => {
    throw invalid(`${method}(): ${what}.`);
  };
  const must = (name: string, value: any, kind: string) => {
    const [test, words] = KINDS[kind] ?? [(value) => kind.split("|").includes(value), kind.replaceAll("|", " or ")];
    if (!test(value)) refuse(`${name} must be ${words}, not ${typeof value} ${isText(value) ? value : ""}`.trim());
  };
  /** `isOpen`: what `fetch` takes may stand there too, that of a browser of tomorrow as well. */
  const options = (given: any, table: string, isOpen?: boolean, path = "") => {
    if (given == null) return;
    must(path || "options", given, "o");
    const kinds = Object.fromEntries(table.split(" ").map((option) => option.split(":")));
    for (const [name, value] of Object.entries(given)) {
      if (value === undefined) continue;
      if (Object.hasOwn(kinds, name)) must(path + name, value, kinds[name]);
      else if (!(isOpen && (name in Request.prototype || /^(body|window|priority|duplex)$/.test(name)))) refuse(`unknown option ${path}${name}; expected one of ${Object.keys(kinds).join(", ")}`);
    }
  };
  /** What has but few values the browser itself checks; `fetch` says so by itself. */
  const known = ({ mode, cache, credentials, redirect, referrerPolicy, priority }: RequestInit) => {
    // Most calls tell none of them, and making a `Request` takes longer than answering what is at hand.
    if ([mode, cache, credentials, redirect, referrerPolicy, priority].every((value) => value === undefined)) return;
    try {
      // What is stored is given in every mode.
      new Request("http://a", { mode: cache === "only-if-cached" ? "same-origin" : mode, cache, credentials, redirect, referrerPolicy, priority } as RequestInit);
    } catch (cause) {
      refuse(`an option must be one that fetch takes: ${(cause as Error).message}`);
    }
  };
  const init = (given: any) => {
    // What `fetch` itself passes over is nothing to it.
    if (method !== "fetch") options(given, "json:x forebay:x", true), given && known(given);
    options(given?.forebay, ASK, false, "forebay.");
    if (method !== "fetch" && given?.json !== undefined && given.body !== undefined) refuse('give "json" or "body", not both');
  };
  if (/^(fetch|json|peek|prefetch|explain)$/.test(method)) init(second);
  if (/^(query|mutate)$/.test(method)) {
    second === undefined || must("variables", second, "v");
    options(third, method === "query" ? QUERY : QUERY + " invalidates:x order:t", true);
  }
  if (method === "watch") {
    must("the listener", third ?? second, "f");
    if (first?.query) options(first, QUERY + " query:x variables:v", true);
    else if (third) init(second);
  }
  if (method === "identify") must("id", first, "i"), options(second, "tokens:distinct|interchangeable");
  if (method === "invalidate") {
    options(first, LABELS);
    if (!Object.values<any>(first ?? {}).some((list) => list?.[0])) refuse('it needs something to invalidate: { urls: ["/api/visits/*"], tags: ["visits"] }');
  }
  if (method === "on") must("event", first, "answer|warning|mode"), must("the listener", second, "f");
  if (method === "route") must("the path", first, "s");
  if (method === "exclusive") options(third, "timeout:n signal:x");
  if (method === "connect") options(first, "app:s");
}
