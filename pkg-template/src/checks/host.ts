/** What `configure` takes: its shape, what of it can be used although some is wrong, and how several calls add up. */
import type { HostOptions } from "../api.js";
import { invalid } from "../error.js";
import { merged } from "../storage.js";
import { problems, type Shape } from "./shape.js";

/** As `src/plan/pattern.rs` reads patterns. */
const pattern = (text: unknown) =>
  typeof text !== "string" ? "must be a string"
  : !/^(\/|[a-z][\w+.-]*:\/\/)/i.test(text) ? 'must begin with "/" or with a scheme such as "https://"'
  : /\*./.test(text) ? 'may have "*" only as its last character'
  : !areNames(text.match(/(?<=\/):[^/]*/g) ?? []) ? 'needs a name after each ":", and each name once'
  : undefined;
const areNames = (names: string[]) => names.every((name) => /^:[^*]/.test(name)) && new Set(names).size === names.length;

/** RFC 9110, section 5.1. */
const header = (name: unknown) => (typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? undefined : "must be the name of a header");

const module = { wasm: "url", wasmIntegrity: "string" } as const;

const RULE: Shape = {
  "match!": pattern, queryOrder: new Set(["significant", "ignored"]), ignoreParams: ["string"], ignoreMembers: ["string"], ignoreHeaders: [header], coalescePost: "boolean",
  numbers: new Set(["text", "value"]), ttl: "number", store: "boolean", noStore: new Set(["obey", "share", "keep"]), pin: "boolean", tags: ["string"],
};

/** It keeps what says `no-store`, and says not how long. */
const keepsForEver = (rule: any) => rule?.noStore === "keep" && rule.ttl === undefined;

/** Of the whole page, or of some apps. */
const disabled: Shape = (value: unknown) =>
  typeof value === "boolean" || typeof value === "string" || (Array.isArray(value) && value.every((name) => typeof name === "string")) ? undefined
  : "must be true, false, a string that says why, or a list of apps' names";

const HOST: { readonly [name: string]: Shape } = {
  disabled, flag: { key: "string", url: "url" }, errorBudget: "number", epoch: "string",
  ...module, rules: [RULE], significantHeaders: [header], credentialHeaders: [header], ignoreHeaders: [header], memory: "number",
  manifest: { schema: "string", routes: "object", documents: ["string"], types: { "*": { fields: { "*": "string" }, possible: ["string"], values: ["string"] } } },
  storage: { ...module, disk: "boolean", bytes: "number", encrypt: "boolean" },
  graphql: { ...module, endpoint: "url", persisted: "boolean" },
};

/**
 * What of these options can be used, and what is wrong with the rest. A rule that is wrong leaves the others as they
 * are. Options that protect fail closed: if any of `storage` is wrong, nothing is kept on disk.
 */
export function sift(given: HostOptions): [usable: HostOptions, wrong: string[]] {
  if (!given || typeof given !== "object" || Array.isArray(given)) throw invalid("configure() needs an object.");
  const usable: Record<string, unknown> = {};
  const wrong = problems(given, HOST, "");
  if (Array.isArray(given.rules)) given.rules.forEach((rule, at) => keepsForEver(rule) && wrong.push(`rules[${at}].noStore "keep" needs "ttl"`));
  for (const [name, value] of Object.entries(given) as [keyof HostOptions, any][]) {
    if (!Object.hasOwn(HOST, name) || value === undefined) continue;
    if (name === "rules" && Array.isArray(value)) usable.rules = value.filter((rule) => !problems(rule, RULE, "")[0] && !keepsForEver(rule));
    else if (!problems(value, HOST[name]!, name)[0]) usable[name] = value;
    else if (name === "storage") usable.storage = { disk: false };
  }
  return [usable as HostOptions, wrong];
}

/**
 * What holds after one more call: of each option, and of each member of `storage`, `graphql` and `manifest`, what was
 * given last; rules of several calls stand one behind the other, each once. Only what the call gave.
 */
export function added(before: HostOptions, { rules, storage, graphql, manifest, ...given }: HostOptions): HostOptions {
  const result: Record<string, unknown> = { ...given };
  if (rules) result.rules = [...new Map([...(before.rules ?? []), ...rules].map((rule) => [JSON.stringify(rule), rule])).values()];
  for (const [name, value] of Object.entries({ storage, graphql, manifest })) if (value) result[name] = merged(before[name as "storage"], value as {});
  return result as HostOptions;
}
