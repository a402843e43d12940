/**
 * Small decisions in the page: filtering rows, hiding what a person may not see, and what comes first. A part of its own with a
 * WebAssembly module of its own, which is fetched when a page first asks for it.
 */
import type { DecisionOptions, Decisions } from "./api.js";
import { checkDecision } from "../checks/decisions.js";
import { VERSION } from "../protocol.js";
import { fetchPart, Module } from "./module.js";
import { closed, plainRanker, unsigned } from "./plain.js";

export type * from "./api.js";

type Load = (options: DecisionOptions) => Promise<Decisions>;

/** Where the bundles of a page find each other's modules, by their version. */
const LOADERS = Symbol.for("forebay.decisions");

/**
 * Fetches and starts the module, once for all bundles of the page that have this version: those that come later share
 * it, from wherever the first has loaded it. Rejects only on a wrong option: without the module nothing is permitted,
 * filters throw, and items are ranked by priority and age; the next call tries again.
 */
export async function load(options: DecisionOptions = {}): Promise<Decisions> {
  checkDecision("load()", options);
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

type Programs = ReturnType<typeof import("../programs/index.js").programsOf>;

async function begin(given: DecisionOptions) {
  const ofPrograms = ({ wasm, wasmIntegrity }: Part = {}) =>
    [import("../programs/index.js"), fetchPart(wasm ?? new URL("./programs.wasm", import.meta.url), wasmIntegrity)] as const;
  // Beside the module, not after it.
  let early = given.only ? undefined : ofPrograms(given.programs);
  early?.forEach((part: Promise<unknown>) => part.catch(() => {})); // told to whoever waits for it
  const module = await Module.load(given.wasm ?? new URL("./decisions.wasm", import.meta.url), given.wasmIntegrity);
  let programs: Promise<Programs> | undefined;
  let learning: any;
  return {
    module,
    /** What filters and hides, once it is there. */
    made: undefined as Programs | undefined,
    /** Fetches it; tried again where it could not be had. */
    programs(part: Part | undefined): Promise<Programs> {
      return (programs ??= (async () => {
        try {
          if (module.problem !== undefined) throw new Error(module.problem);
          const [script, bytes] = early ?? ofPrograms(part);
          const [{ programsOf }] = await Promise.all([script, module.extend("programs", () => bytes)]);
          return (this.made = programsOf(module));
        } catch (cause) {
          programs = early = undefined;
          throw cause;
        }
      })());
    },
    /** What rankers take, and what they have learned together. */
    async ranking() {
      const { Learning, ModelRanker } = await import("../ranking/index.js");
      return { ModelRanker, learning: (learning ??= new Learning()) as InstanceType<typeof Learning> };
    },
  };
}

type Part = NonNullable<DecisionOptions["programs"]>;
type Shared = Awaited<ReturnType<typeof begin>>;

async function connect(shared: Shared, { only, programs, ranking }: DecisionOptions): Promise<Decisions> {
  const { module } = shared;
  if (!only) await shared.programs(programs).catch((cause) => module.fail(cause));
  const now = () => {
    if (!shared.made) throw new Error(module.problem ?? 'Filters were left out: call load() without { only: "ranking" }.');
    return shared.made;
  };
  return {
    get problem() {
      return module.problem;
    },
    filter(rows, predicate, options) {
      checkDecision("filter()", options);
      return now().filter(rows, predicate, options);
    },
    async filterAsync(rows, predicate, options) {
      checkDecision("filter()", options);
      return (await shared.programs(programs)).filterAsync(rows, predicate, options);
    },
    keep: (rows) => now().keep(rows),
    async policies(source) {
      try {
        checkDecision("policies()", source);
        return await (await shared.programs(programs)).policies(source);
      } catch (cause) {
        return closed((cause as Error).message);
      }
    },
    async manifest(source) {
      checkDecision("manifest()", source);
      const signed = await import("../signed/index.js").then(({ SignedManifest }) => new SignedManifest(source), (cause) => unsigned(String(cause)));
      await signed.refresh();
      return signed;
    },
    async ranker(options = {}) {
      checkDecision("ranker()", options);
      try {
        const { ModelRanker, learning } = await shared.ranking();
        const extend = () => module.extend("ranking", () => fetchPart(ranking?.wasm ?? new URL("./ranking.wasm", import.meta.url), ranking?.wasmIntegrity));
        return await ModelRanker.load(module, options, learning, extend);
      } catch (cause) {
        return plainRanker(options, `Models cannot be used: ${cause}`);
      }
    },
  };
}
