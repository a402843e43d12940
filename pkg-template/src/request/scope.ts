/** What a change makes out of date, in each of its forms. */
import type { Invalidation } from "../api.js";
import { refuse } from "./write.js";

/** A list of labels, or what `invalidate` takes, as the latter; `undefined`: nothing. Refuses what is neither. */
export function scopeOf(given: readonly string[] | Invalidation | undefined): Invalidation | undefined {
  const scope: any = Array.isArray(given) ? { tags: given } : (given ?? {});
  const isRight = typeof scope === "object" && Object.entries<any>(scope).every(([name, list = []]) => /^(urls|tags|types|groups)$/.test(name) && Array.isArray(list) && list.every((text) => typeof text === "string"));
  if (!isRight) refuse("invalidates", 'must be a list of labels, as in ["Patient:17"], or what invalidate() takes, as in { urls: ["/api/patients/*"] }');
  return Object.values<any>(scope).some((list) => list?.[0] !== undefined) ? scope : undefined;
}
