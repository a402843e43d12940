/** What a page without a core cannot write into the log on disk. */
import type { Page } from "./protocol.js";

/** In `localStorage`: behind it stands the number of a tab whose words are not in the log yet. Who finds it when that tab has gone takes all for out of date. */
export const UNWRITTEN = "forebay ";

/** The page's number among the tabs. */
export const numberOf = (page: Page): number => (page.tab ??= crypto.getRandomValues(new Uint32Array(1))[0]!);

/** Something was written or invalidated before there is a core; that writes it into the log, if the page lives to see it. */
export function owe(page: Page): void {
  try {
    if (localStorage.forebay) localStorage[UNWRITTEN + numberOf(page)] ??= 0;
  } catch {
    // A sandbox: nothing lies on disk.
  }
}

const MARK = "forebay stale";

/** Something was written or invalidated, and what lies on disk may be older. */
export function markStale(): void {
  try {
    localStorage[MARK] = 1;
  } catch {
    // A sandbox: nothing lies on disk.
  }
}

/** Whether a page before this one has said so; says it once. */
export function wasStale(): boolean {
  try {
    const was = !!localStorage[MARK];
    localStorage.removeItem(MARK);
    return was;
  } catch {
    return false;
  }
}
