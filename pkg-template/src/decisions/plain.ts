/** What stands in for parts that cannot be had: nothing is permitted, and what comes first goes by priority and age. */
import type { Manifest, Policies, RankOptions, Ranked, Ranker, RankerOptions } from "./api.js";

export const DAY = 86_400;

/** Ranks by priority and age. */
export const plainRanker = (options: RankerOptions, problem: string): Ranker => ({
  model: undefined,
  problems: [problem],
  use: async () => false,
  rank: (items, how = {}) => plainly(items, options, how),
  rankAsync: async (items, how = {}) => plainly(items, options, how),
  why: () => [],
  feedback: () => false,
  learned: () => undefined,
  forget() {},
  report: () => undefined,
  release() {},
});

/** In the place of policies. */
export const closed = (problem: string): Policies => ({
  problem,
  for: () => ({
    permits: () => false,
    permitted: () => [],
    masked: () => [],
    permittedAsync: async () => [],
    maskedAsync: async () => [],
    why: () => ({ permitted: false, verdict: "refused", policies: [], lacking: [], message: problem }),
  }),
  release() {},
});

/** In the place of a list that cannot be checked. */
export const unsigned = (cause: string): Manifest => ({ version: undefined, problems: [cause], file: () => ({ sha256: "", expires: 0 }), refresh: async () => false });

/** The order by priority and age, where the module cannot say it. */
export function plainly<T extends object>(items: readonly T[], { priority = "", time = "", halfLife = DAY }: RankerOptions, options: RankOptions<T>): Ranked<T>[] {
  const { limit = Infinity, pinned, muted, now = Date.now() } = options;
  /** What cannot be read is not known. */
  const safely = <U>(read: () => U, otherwise: U) => {
    try {
      return read();
    } catch {
      return otherwise;
    }
  };
  const places = items.map((item) => {
    const steps = safely(() => numberOf((item as any)[priority]), NaN);
    const age = now - safely(() => numberOf((item as any)[time]), NaN);
    const score = (Number.isNaN(steps) ? 0 : Math.min(Math.max(steps, -60), 60)) - (Number.isNaN(age) ? 1 : Math.max(age, 0) / 1000 / halfLife);
    const tier = safely(() => (pinned?.(item) ? 0 : muted?.(item) ? 2 : 1), 1);
    return { item, tier, score: tier ? score : 0 };
  });
  places.sort((a, b) => a.tier - b.tier || b.score - a.score);
  return places.slice(0, limit).map(({ item }) => ({ item, score: undefined }));
}

/** Dates and flags count as numbers. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "boolean" || value instanceof Date ? Number(value) : NaN;
}
