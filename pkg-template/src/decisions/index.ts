/**
 * Small decisions in the page: filtering rows, hiding what a person may not see, and what comes first. A part of its own with a
 * WebAssembly module of its own, which is fetched when a page first asks for it.
 */
import type { DecisionOptions, Decisions, Predicate } from "./api.js";
import { Filters, KeptRows } from "./filter.js";
import { Module } from "./module.js";
import { LoadedPolicies } from "./permissions.js";
import { ModelRanker } from "./ranking.js";

export type * from "./api.js";

/**
 * Fetches and starts the module: one of its own for each call, so keep what it gives. Does not reject: without the
 * module nothing is permitted, filters throw, and items are ranked by priority and age.
 */
export async function load({ wasm, wasmIntegrity, ranking }: DecisionOptions = {}): Promise<Decisions> {
  const module = await Module.load(wasm ?? new URL("./decisions.wasm", import.meta.url), wasmIntegrity);
  const filters = new Filters(module);
  return {
    get problem() {
      return module.problem;
    },
    filter: (rows, predicate, options = {}) => filters.filter(rows, predicate, options),
    keep: (rows) => new KeptRows(module, rows, (user) => (user instanceof LoadedPolicies ? user.needs : filters.needs(user as Predicate))),
    policies: (source) => LoadedPolicies.load(module, source),
    ranker: (options = {}) => ModelRanker.load(module, options, () => module.extend(ranking?.wasm ?? new URL("./ranking.wasm", import.meta.url), ranking?.wasmIntegrity)),
  };
}
