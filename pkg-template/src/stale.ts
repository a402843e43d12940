/** What a page without a core cannot write into the log on disk. */

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
