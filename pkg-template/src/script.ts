/**
 * The script tag's build: stub and runtime in one classic script, with its core beside it.
 *
 *   <script src="/forebay/forebay.js" data-app="shell" data-memory="16777216"></script>
 *
 * Puts `forebay` on the page: `forebay.connect({ app })`, `forebay.configure({…})`, `forebay.ready()`.
 */
import type { HostOptions } from "./api.js";
import * as stub from "./stub/index.js";

const { wasm, wasmIntegrity, memory, rules, manifest, graphql, significantHeaders, credentialHeaders, ignoreHeaders } =
  (document.currentScript as HTMLScriptElement | null)?.dataset ?? {};

/** Options that an attribute can hold: texts as they are, lists separated by commas, structures as JSON. */
const list = (text: string | undefined) => text?.split(",").map((name) => name.trim());
const given: Partial<Record<keyof HostOptions, unknown>> = {
  wasm,
  wasmIntegrity,
  memory: memory && Number(memory),
  rules: rules && JSON.parse(rules),
  manifest: manifest && JSON.parse(manifest),
  graphql: graphql && { endpoint: graphql },
  significantHeaders: list(significantHeaders),
  credentialHeaders: list(credentialHeaders),
  ignoreHeaders: list(ignoreHeaders),
};

(globalThis as { forebay?: typeof stub }).forebay = stub;
stub.configure(Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as HostOptions);
