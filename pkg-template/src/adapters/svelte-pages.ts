/** Lists in pages, for Svelte. */
import type { DeepReadonly } from "../api.js";
import type { Source } from "./lease.js";
import { Pages, type Next } from "./pages.js";
import { leaseOf, Reactive, useApp, type Shown, type UseOptions } from "./svelte.js";

export type { Next } from "./pages.js";

class ReactivePages<T> extends Reactive<readonly DeepReadonly<T>[], readonly DeepReadonly<T>[]> {
  readonly more = (): void => (this.store() as Pages<T>).more();
  get hasMore(): boolean { return !!this.data && (this.store() as Pages<T>).hasMore; }
}

/** A list that comes in pages. */
export function useForebayPages<T>(source: Source<T, any>, next: Next<T>, options: UseOptions<T, T> = {}): Shown<readonly DeepReadonly<T>[]> & { more: () => void; readonly hasMore: boolean } {
  const pages = new Pages<T>(leaseOf, options.app ?? useApp(), source, next, options);
  return new ReactivePages<T>(() => pages);
}
