/** Reports, put together from what the core packed (`src/bindings/reports.rs`). */
import type { Counts, Outcome, Report } from "../api.js";

/** In the core's order. */
export const OUTCOMES: readonly Outcome[] = ["fresh", "stale", "persisted", "joined", "joined-prefetch", "missed", "bypassed", "failed"];

/** Numbers of some of them; `fresh` is 0. */
export const JOINED = 3;
export const BYPASSED = 6;

/** What the core knows of a report. */
export type CoreReport = Pick<Report, "counts" | "apps" | "cache" | "live">;

/** Takes items off, in the order in which the core put them in. */
export interface Packed {
  more(): boolean;
  number(): number;
  text(): string;
}

export function report({ number }: Packed, names: readonly string[]): CoreReport {
  const live = { flights: number(), waiters: number(), leases: number() };
  const cache = { entries: number(), bytes: number(), budget: number(), evicted: number() };
  const add = (sum: any = {}) => {
    for (const name of [...OUTCOMES, "sent"]) sum[name] = (sum[name] ?? 0) + number();
    return sum as Counts;
  };
  const counts = add();
  // Handles of the same name are one app.
  const apps: Record<string, Counts> = {};
  for (const name of names) apps[name] = add(apps[name]);
  return { counts, apps, cache, live };
}
