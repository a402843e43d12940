/**
 * Links apps' fragments in the page, where apps are deployed each at its own time and the shell is not built anew for it:
 * what `forebay link --plan` does at build time, from the fragments that are published now.
 */
import type { Manifest } from "../api.js";
import { documentsOf, routesOf, VERSION, type Fragment } from "./fragment.js";

/** How fragments are linked. */
export interface LinkOptions {
  /** Composite types of the schema, as a plan has them: with them more is proved. */
  types?: Manifest["types"];
  /** `graphql`: operations alone; `rest`: other requests alone. Default: both. */
  only?: "graphql" | "rest";
  /** Milliseconds after which what has not come yet is left out. Default 3,000. */
  patience?: number;
  /** Told of what is left out, and why. Default: the console. */
  onProblem?: (problem: string) => void;
}

/**
 * What `configure({ manifest })` takes, of these fragments: URLs of `forebay.fragment.json`, or what is in them. One that is
 * not there, cannot be read or comes too late is said and left out: with less known a page saves less, nothing else.
 */
export async function link(fragments: readonly (string | URL | object)[], options: LinkOptions = {}): Promise<Manifest> {
  const { types, only, patience = 3_000, onProblem = (problem) => console.warn("forebay:", problem) } = options;
  const signal = AbortSignal.timeout(patience);
  const apps = new Map<string, Fragment>();
  const read = await Promise.all(fragments.map(async (given) => {
    const named = typeof given === "string" || given instanceof URL;
    try {
      return checked(named ? await loaded(given, signal) : given);
    } catch (error) {
      onProblem(`${named ? given : "A fragment"} is left out: ${signal.aborted ? `it did not come within ${patience} ms` : (error as Error).message}.`);
      return;
    }
  }));
  // Of two fragments of one app the later holds.
  for (const fragment of read) if (fragment) apps.set(fragment.app.name, fragment);
  const sorted = [...apps].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, fragment]) => fragment);
  const [schema, ...others] = new Set(sorted.flatMap((fragment) => fragment.schema ?? []));
  return { routes: routesOf(sorted, only), documents: only === "rest" ? [] : documentsOf(sorted), ...(types && { types }), ...(schema && !others[0] && { schema }) };
}

async function loaded(url: string | URL, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, credentials: "same-origin" });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

/** A fragment with nothing in it that linking would stumble over. */
function checked(given: any): Fragment {
  if (typeof given?.app?.name !== "string" || typeof given.forebay !== "number") throw new Error("it is not a fragment; write it with `forebay analyze`");
  if (given.forebay > VERSION) throw new Error(`it has version ${given.forebay}, and this Forebay knows versions up to ${VERSION}; update it`);
  const { app, schema, operations = [], requests = [], routes = [], entries = [] } = given;
  if (![operations, requests, routes, entries].every(Array.isArray)) throw new Error("it is damaged; write it anew with `forebay analyze`");
  return { app, ...(typeof schema === "string" && { schema }), operations, requests, routes, entries };
}
