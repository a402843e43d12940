/** What fragments say (`src/analyze/fragment.rs`), and what a page makes of it (`src/analyze/link/{routes,plan}.rs`). */
import type { NeededQuery, NeededRequest, RouteTable, RouteValue } from "../api.js";
import { write } from "../request/write.js";

/** The newest version of the format that is known here. */
export const VERSION = 1;

export interface Fragment {
  app: { name: string };
  schema?: string;
  operations: { kind: string; document: string; variables?: { name: string }[] }[];
  requests: { method: string; url: Template; headers?: Record<string, string>; body?: "none" | "unknown" | { json: Template }; complete: boolean }[];
  routes: { pattern: string; asks?: Ask[]; mounts?: string[] }[];
  entries: { name: string; asks?: Ask[] }[];
}

/** Texts with a slot between each two of them. */
interface Template {
  texts: string[];
  slots?: string[];
}

/** What is asked for: the place of an operation or of a request, and what its slots take. */
interface Ask {
  operation?: number;
  request?: number;
  at_once: boolean;
  with?: Record<string, RouteValue>;
}

type Need = NeededQuery | NeededRequest;
export type Only = "graphql" | "rest" | undefined;

/** All queries of these apps, each once. Which of them hold others the core finds out. */
export const documentsOf = (fragments: readonly Fragment[]): string[] =>
  [...new Set(fragments.flatMap(({ operations }) => operations.filter(({ kind }) => kind === "query").map(({ document }) => document)))];

/** For each app that has routes what is needed on them; the most particular come first. */
export function routesOf(fragments: readonly Fragment[], only: Only): RouteTable[] {
  const tables = fragments.map(({ routes, ...app }) => {
    const own = routes.map((route) => ({ ...route, rank: rank(route.pattern) })).sort((one, other) => (one.rank < other.rank ? -1 : +(one.rank > other.rank)));
    // Declared twice it is one.
    const table = new Map<string, Map<string, Need>>();
    for (const route of own) {
      const parameters = route.pattern.split("/").filter((segment) => segment[0] === ":").map((segment) => segment.slice(1));
      const told = [...(route.asks ?? []).map((ask) => [{ routes, ...app }, ask] as const), ...(route.mounts ?? []).flatMap((mount) => mounted(fragments, mount))];
      const needs = table.get(route.pattern) ?? new Map<string, Need>();
      table.set(route.pattern, needs);
      for (const [fragment, ask] of told) {
        const need = ask.at_once && needOf(fragment, ask, parameters, only);
        if (need) needs.set(write(need, route.pattern, true)!, need);
      }
    }
    return Object.fromEntries([...table].map(([pattern, needs]) => [pattern, [...needs.values()]]));
  });
  return tables.filter((table) => Object.values(table).some((needs) => needs.length));
}

/** `profile` is an app's own entry, `profile/Card` what it exposes as `./Card`. */
function mounted(fragments: readonly Fragment[], mount: string): (readonly [Fragment, Ask])[] {
  for (const fragment of fragments) {
    const { name } = fragment.app;
    const wanted = mount === name ? "." : mount.startsWith(name + "/") && `.${mount.slice(name.length)}`;
    const entry = fragment.entries.find((entry) => entry.name === wanted);
    if (entry) return (entry.asks ?? []).map((ask) => [fragment, ask]);
  }
  return [];
}

/** What is started for it; `undefined`: not all of it is known on this path, or it is not wanted. */
function needOf({ operations, requests }: Fragment, { operation: place, request, with: given = {} }: Ask, parameters: readonly string[], only: Only): Need | undefined {
  const isKnown = (slot: string) => {
    const value = Object.hasOwn(given, slot) ? given[slot]! : undefined;
    return !!value && (!("param" in value) || parameters.includes(value.param));
  };
  const operation = operations[place!];
  if (operation) {
    const { document, kind, variables = [] } = operation;
    if (only === "rest" || kind !== "query" || !variables.every(({ name }) => isKnown(name))) return;
    return Object.keys(given).length ? { query: document, variables: given } : { query: document };
  }
  const asked = requests[request!];
  if (only === "graphql" || !asked?.complete || asked.body === "unknown") return;
  const { method, url, headers, body } = asked;
  const json = typeof body === "object" ? body.json : undefined;
  if (![...(url.slots ?? []), ...(json?.slots ?? [])].every(isKnown)) return;
  const text = ({ texts, slots = [] }: Template) => texts.flatMap((text, number) => [...(text ? [text] : []), ...(number < slots.length ? [given[slots[number]!]!] : [])]);
  return { url: text(url), ...(method !== "GET" && { method }), ...(headers && Object.keys(headers).length && { headers }), ...(json && { body: text(json) }) };
}

/** Segment by segment a text comes before a parameter, a parameter before any rest; and what goes on before what ends with one. */
const rank = (pattern: string): string =>
  pattern.split("/").map((segment) => (segment[0] === ":" ? 1 : segment[0] === "*" ? 3 : segment.endsWith("*") ? 2 : 0)).join("");
