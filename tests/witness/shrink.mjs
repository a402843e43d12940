// Makes a history that breaks something small: leaves steps out as long as it still breaks the same.

/**
 * @template T
 * @param {T[]} steps
 * @param {(steps: T[]) => Promise<boolean>} fails whether these steps still break it
 * @param {{ until?: number }} [options] when to give up, by `Date.now()`
 * @returns {Promise<T[]>}
 */
export async function shrink(steps, fails, { until = Infinity } = {}) {
  let now = steps;
  for (let size = Math.ceil(now.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = now.length - size; at > -size && Date.now() < until; at -= size) {
      const less = now.filter((_, index) => index < at || index >= at + size);
      if (less.length < now.length && (await fails(less))) now = less;
    }
  }
  return unbundled(now, fails, until);
}

/** What was done in one task, and what was asked early, one by one too. */
async function unbundled(steps, fails, until) {
  let now = steps;
  for (let at = 0; at < now.length; at += 1) {
    for (const list of ["steps", "early"]) {
      for (let inner = (now[at][list]?.length ?? 0) - 1; inner >= 0 && Date.now() < until; inner -= 1) {
        const less = now.with(at, { ...now[at], [list]: now[at][list].filter((_, index) => index !== inner) });
        if (await fails(less)) now = less;
      }
    }
  }
  return now;
}

/** A history as a reader goes through it. */
export const written = (steps) => steps.map((step) => "  " + JSON.stringify(step)).join("\n");
