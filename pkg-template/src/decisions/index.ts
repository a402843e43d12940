/**
 * Small decisions in the page: filtering rows, hiding what a person may not see, and what comes first. A part of its own with a
 * WebAssembly module of its own, which is fetched when a page first asks for it.
 */
import type { DecisionOptions, Decisions, Manifest, Predicate } from "./api.js";
import { VERSION } from "../protocol.js";
import { Filters, KeptRows } from "./filter.js";
import { Module } from "./module.js";
import { LoadedPolicies, Programs } from "./permissions.js";
import { plainRanker } from "./plain.js";

export type * from "./api.js";

type Load = (options: DecisionOptions) => Promise<Decisions>;

/** Where the bundles of a page find each other's modules, by their version. */
const LOADERS = Symbol.for("forebay.decisions");

/**
 * Fetches and starts the module, once for all bundles of the page that have this version: those that come later share
 * it, from wherever the first has loaded it. Does not reject: without the module nothing is permitted, filters throw,
 * and items are ranked by priority and age; the next call tries again.
 */
export function load(options: DecisionOptions = {}): Promise<Decisions> {
  const loaders: Record<string, Load> = ((globalThis as any)[LOADERS] ??= {});
  return (loaders[VERSION] ??= loader())(options);
}

function loader(): Load {
  let current: Promise<Shared> | undefined;
  return async (options) => {
    const before = current;
    if (before && (await before).module.problem !== undefined && current === before) current = undefined;
    return connect(await (current ??= begin(options)), options);
  };
}

async function begin({ wasm, wasmIntegrity }: DecisionOptions) {
  const module = await Module.load(wasm ?? new URL("./decisions.wasm", import.meta.url), wasmIntegrity);
  let learning: any;
  return {
    module,
    filters: new Filters(module),
    programs: new Programs(module),
    /** What rankers take, and what they have learned together. */
    async ranking() {
      const { Learning, ModelRanker } = await import("../ranking/index.js");
      return { ModelRanker, learning: (learning ??= new Learning()) as InstanceType<typeof Learning> };
    },
  };
}

type Shared = Awaited<ReturnType<typeof begin>>;

function connect({ module, filters, programs, ranking: rankingOf }: Shared, { ranking }: DecisionOptions): Decisions {
  return {
    get problem() {
      return module.problem;
    },
    filter: (rows, predicate, options = {}) => filters.filter(rows, predicate, options),
    filterAsync: (rows, predicate, options = {}) => filters.filterAsync(rows, predicate, options),
    keep: (rows) => new KeptRows(module, rows, (user) => (user instanceof LoadedPolicies ? user.needs : filters.needs(user as Predicate))),
    policies: (source) => LoadedPolicies.load(programs, source),
    async manifest(source) {
      const signed = await import("../signed/index.js").then(({ SignedManifest }) => new SignedManifest(source), (cause) => unsigned(String(cause)));
      await signed.refresh();
      return signed;
    },
    async ranker(options = {}) {
      try {
        const { ModelRanker, learning } = await rankingOf();
        return await ModelRanker.load(module, options, learning, () => module.extend(ranking?.wasm ?? new URL("./ranking.wasm", import.meta.url), ranking?.wasmIntegrity));
      } catch (cause) {
        return plainRanker(options, `Models cannot be used: ${cause}`);
      }
    },
  };
}

/** In the place of a list that cannot be checked. */
const unsigned = (cause: string): Manifest => ({ version: undefined, problems: [cause], file: () => ({ sha256: "", expires: 0 }), refresh: async () => false });
