/** What the rows that were chosen come to, and their order. */
import type { FilterOptions, Filtered } from "../decisions/api.js";
import type { Steps } from "../decisions/turns.js";

/** In steps of so many rows. */
export function* summary<T>(chosen: T[], { sort, count, sum = [], offset = 0, limit = Infinity }: FilterOptions, step: number): Steps<Filtered<T>> {
  const counts = new Map<unknown, number>();
  const sums: Record<string, number> = Object.fromEntries(sum.map((field) => [field, 0]));
  for (const [at, row] of chosen.entries()) {
    if (count !== undefined) {
      const value = (row as any)[count];
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    for (const field of sum) {
      const value = (row as any)[field];
      if (typeof value === "number" && Number.isFinite(value)) sums[field]! += value;
    }
    if (at % step === step - 1) yield;
  }
  const total = chosen.length;
  const ordered = sort?.length ? yield* inOrder(chosen, sort, step) : chosen;
  return { rows: offset || limit < total ? ordered.slice(offset, offset + limit) : ordered, total, counts, sums };
}

/** Rows that are equal stay as they were. Sorts runs, and merges them. */
function* inOrder<T>(rows: T[], sort: NonNullable<FilterOptions["sort"]>, step: number): Steps<T[]> {
  const keys: unknown[][] = sort.map(() => []);
  const compare = (a: number, b: number) => {
    for (const [at, { descending }] of sort.entries()) {
      const left = keys[at]![a] as any;
      const right = keys[at]![b] as any;
      const by = rank(left) - rank(right);
      if (by) return by;
      if (left < right) return descending ? 1 : -1;
      if (left > right) return descending ? -1 : 1;
    }
    return 0;
  };
  let runs: number[][] = [];
  for (let from = 0; from < rows.length; from += step) {
    const run: number[] = [];
    for (let at = from; at < rows.length && at < from + step; at += 1) {
      sort.forEach(({ field }, key) => keys[key]!.push((rows[at] as any)[field]));
      run.push(at);
    }
    runs.push(run.sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: number[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(yield* merge(runs[at]!, runs[at + 1] ?? [], compare, step));
    runs = merged;
  }
  return (runs[0] ?? []).map((at) => rows[at]!);
}

function* merge(one: number[], other: number[], compare: (a: number, b: number) => number, step: number): Steps<number[]> {
  const all: number[] = [];
  for (let a = 0, b = 0; a < one.length || b < other.length; ) {
    const isOne = b === other.length || (a < one.length && compare(one[a]!, other[b]!) <= 0);
    all.push(isOne ? one[a++]! : other[b++]!);
    if (all.length % step === 0) yield;
  }
  return all;
}

/** What can be compared with one another: flags, numbers, texts; then what has no order. */
function rank(value: unknown): number {
  if (typeof value === "number") return Number.isNaN(value) ? 3 : 1;
  return typeof value === "boolean" ? 0 : typeof value === "string" ? 2 : 3;
}
