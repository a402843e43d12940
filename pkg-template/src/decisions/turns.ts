/** Work that does not hold the page: input and painting come between its turns. */

/** Work in steps, each of well under a millisecond. */
export type Steps<T> = Generator<void, T, void>;

/** Does all of them at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Milliseconds that are worked before the caller's task goes on… */
const AT_ONCE = 1;
/** …and in each turn after that. */
export const TURN = 4;

/** Does the steps: what takes no more than a millisecond at once, the rest in turns. Rejects as a step throws, or as the signal says. */
export async function inTurns<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  try {
    for (let until = performance.now() + AT_ONCE; ; ) {
      signal?.throwIfAborted();
      const { done, value } = steps.next();
      if (done) return value as T;
      if (performance.now() < until) continue;
      await pause();
      until = performance.now() + TURN;
    }
  } finally {
    steps.return?.(undefined as T); // what it holds is given back
  }
}

/** Lets others have their turn; comes back before timers do where the browser can say so. */
export const pause = (): Promise<void> => (globalThis as any).scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));
