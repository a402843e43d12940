/** Lists in pages, for Angular. */
import { computed, DestroyRef, inject, signal, type Signal } from "@angular/core";
import type { DeepReadonly } from "../api.js";
import type { ReadOptions, Source } from "./lease.js";
import { Pages, type Next } from "./pages.js";
import { injectApp, leaseOf, parts, type Shown } from "./angular.js";

export type { Next } from "./pages.js";

/** A list that comes in pages. */
export function injectForebayPages<T>(source: Source<T, any>, next: Next<T>, options: ReadOptions = {}): Shown<readonly DeepReadonly<T>[]> & { more: () => void; hasMore: Signal<boolean> } {
  const pages = new Pages<T>(leaseOf, injectApp(), source, next, options);
  const state = signal(pages.state);
  inject(DestroyRef).onDestroy(pages.subscribe(() => state.set(pages.state)));
  return { ...parts(state), more: pages.more, hasMore: computed(() => !!state() && pages.hasMore) };
}
