/** Lists that come in pages: each page is a request of its own, shared like any other. */
import type { DeepReadonly, Forebay } from "../api.js";
import type { Lease, leaseOf, ReadOptions, Source, State, Store, Values } from "./lease.js";

/** What the next page is asked for with; `undefined`: there is none. `page` is `undefined` for the first. */
export type Next<T> = (page: DeepReadonly<T> | undefined, index: number) => Values | undefined;

/** Pages, in their order. */
export class Pages<T> implements Store<readonly DeepReadonly<T>[]> {
  state: State<readonly DeepReadonly<T>[]> = { data: undefined, error: undefined, isLoading: true, isPrevious: false, outcome: undefined };
  #wanted = 1;
  #leases: Lease<DeepReadonly<T>>[] = [];
  #ends: (() => void)[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(readonly lease: typeof leaseOf, readonly app: Forebay, readonly source: Source<T, any>, readonly next: Next<T>, readonly options: ReadOptions = {}) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#look();
    return () => {
      this.#listeners.delete(listener);
      queueMicrotask(() => {
        if (!this.#listeners.size) this.#keep(0);
      });
    };
  };

  /** Whether there is another page behind those that are shown. */
  get hasMore(): boolean {
    const { length } = this.#leases;
    const last = this.#leases.at(-1)?.state.data;
    return last !== undefined && !!this.next(last, length);
  }

  readonly more = (): void => {
    if (!this.hasMore) return;
    this.#wanted = this.#leases.length + 1;
    this.#look();
  };

  /** Follows the pages as far as they are wanted and known. */
  #look = (): void => {
    if (!this.#listeners.size) return;
    let page: DeepReadonly<T> | undefined;
    for (let index = 0; index < this.#wanted; index += 1) {
      const values = index && page === undefined ? undefined : this.next(page, index);
      if (!values) {
        this.#keep(index);
        break;
      }
      const lease = this.lease<T>(this.app, this.source, values, this.options);
      // The page before has changed, and with it where this one begins.
      if (this.#leases[index] !== lease) {
        this.#keep(index);
        this.#leases.push(lease);
        this.#ends.push(lease.subscribe(this.#look));
      }
      page = lease.state.data;
    }
    const states = this.#leases.map(({ state }) => state);
    const known = states.flatMap(({ data }) => (data === undefined ? [] : [data]));
    this.state = { ...this.state, data: known[0] === undefined ? undefined : known, error: states.find(({ error }) => error)?.error, isLoading: states.some(({ isLoading }) => isLoading) };
    for (const listener of this.#listeners) listener();
  };

  #keep(count: number): void {
    for (const end of this.#ends.splice(count)) end();
    this.#leases.length = Math.min(count, this.#leases.length);
  }
}
