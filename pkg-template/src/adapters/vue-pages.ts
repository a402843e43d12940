/** Lists in pages, for Vue. */
import { computed, onScopeDispose, shallowRef, type ComputedRef } from "vue";
import type { DeepReadonly } from "../api.js";
import type { ReadOptions, Source, State } from "./lease.js";
import { Pages, type Next } from "./pages.js";
import { leaseOf, parts, useApp, type Shown } from "./vue.js";

export type { Next } from "./pages.js";

/** A list that comes in pages. */
export function useForebayPages<T>(source: Source<T, any>, next: Next<T>, options: ReadOptions = {}): Shown<readonly DeepReadonly<T>[]> & { more: () => void; hasMore: ComputedRef<boolean> } {
  const pages = new Pages<T>(leaseOf, useApp(), source, next, options);
  const state = shallowRef<State<readonly DeepReadonly<T>[]>>(pages.state);
  onScopeDispose(pages.subscribe(() => (state.value = pages.state)));
  return { ...parts(state), more: pages.more, hasMore: computed(() => !!state.value && pages.hasMore) };
}
