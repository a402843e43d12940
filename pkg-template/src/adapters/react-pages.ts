/** Lists in pages, for React. */
import { useMemo, useRef, useSyncExternalStore } from "react";
import type { DeepReadonly } from "../api.js";
import type { ReadOptions, Source, State } from "./lease.js";
import { Pages, type Next } from "./pages.js";
import { identityOf, leaseOf, useApp } from "./react.js";

export type { Next } from "./pages.js";

/** A list that comes in pages. */
export function useForebayPages<T>(source: Source<T, any>, next: Next<T>, options: ReadOptions = {}): State<readonly DeepReadonly<T>[]> & { more: () => void; hasMore: boolean } {
  const app = useApp();
  const latest = useRef(next);
  latest.current = next;
  const pages = useMemo(() => new Pages<T>(leaseOf, app, source, (page, index) => latest.current(page, index), options), [app, identityOf(source, undefined, options)]);
  const state = useSyncExternalStore(pages.subscribe, () => pages.state, () => pages.state);
  return { ...state, more: pages.more, hasMore: pages.hasMore };
}
