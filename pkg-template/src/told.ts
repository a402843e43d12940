/** What apps give us to call may throw: that is the page's to see, and nobody else's to suffer. */

/** Reports an error as the page's own, once. */
export const reported = (error: unknown): void => (globalThis.reportError ?? console.error)(error);

/** Calls what an app has given. */
export function told<A extends unknown[]>(listener: ((...args: A) => unknown) | undefined, ...args: A): void {
  try {
    listener?.(...args);
  } catch (error) {
    reported(error);
  }
}
