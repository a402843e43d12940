/** Forebay for Svelte 5: what is read is a store (`$patient.data`), and an object with reactive members for runes (`patient.data`). */
import { getContext, setContext } from "svelte";
import { createSubscriber } from "svelte/reactivity";
import type { Forebay, GraphQLDocument, MutateOptions } from "../api.js";
import { changed, leaseOf, View, type ChangeOptions, type ReadOptions, type Source, type State, type Store, type Values } from "./lease.js";

export { dehydrate, hydrate, keyOf, leaseOf, type ChangeOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";

const KEY = Symbol.for("forebay.svelte");

/** Says which app this component and those below belong to. Call it while the component is made. */
export const provideForebay = (app: Forebay): Forebay => setContext(KEY, app);

/** The app that this component belongs to. */
export function useApp(): Forebay {
  const app = getContext<Forebay | undefined>(KEY);
  if (!app) throw new Error('There is no app above this component: call provideForebay(connect({ app: "name" })) in one above it.');
  return app;
}

/** How a component reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this component shows. */
  select?: (data: T) => S;
  /** Default: the one that was provided. Needed where a component's making is over. */
  app?: Forebay;
}

/** What is shown: as a store, and by its members. */
export interface Shown<S> extends State<S> {
  subscribe(run: (state: State<S>) => void): () => void;
}

export class Reactive<T, S> implements Shown<S> {
  readonly #view = new View<T, S>();
  readonly #track: () => void;

  constructor(protected readonly store: Store<T>, readonly select?: (data: T) => S) {
    this.#track = createSubscriber((update) => {
      let before = this.#now();
      return store.subscribe(() => {
        if (before !== (before = this.#now())) update();
      });
    });
  }

  #now = (): State<S> => this.#view.of(this.store, this.select, false);

  #seen<K extends keyof State<S>>(name: K): State<S>[K] {
    this.#track();
    return this.#now()[name];
  }

  get data() { return this.#seen("data"); }
  get error() { return this.#seen("error"); }
  get isLoading() { return this.#seen("isLoading"); }
  get isPrevious() { return this.#seen("isPrevious"); }
  get outcome() { return this.#seen("outcome"); }

  subscribe(run: (state: State<S>) => void): () => void {
    let before = this.#now();
    run(before);
    return this.store.subscribe(() => {
      if (before !== (before = this.#now())) run(before);
    });
  }
}

/** Reads for a component. With runes: `const patient = $derived(useForebay(`/api/patients/${id}`))`. */
export function useForebay<T, V = Values, S = T>(source: Source<T, V>, variables?: NoInfer<V>, options: UseOptions<T, S> = {}): Shown<S> & { refresh: () => void } {
  const lease = leaseOf<T>(options.app ?? useApp(), source, variables as Values, options);
  // What is read only once something else is there must not wait for that.
  if (globalThis.document) lease.answered.then();
  return Object.assign(new Reactive<T, S>(lease, options.select), { refresh: lease.refresh });
}

/** Makes a change by a GraphQL document, or by a function that makes it. */
export function useForebayMutation<R, V>(document: GraphQLDocument<R, V>, options?: MutateOptions & ChangeOptions): (variables?: V) => Promise<R>;
export function useForebayMutation<R, A extends unknown[]>(work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): (...args: A) => Promise<R>;
export function useForebayMutation(what: any, options: any = {}): (...args: any[]) => Promise<any> {
  const app = useApp();
  return (...args) => changed(app, what, options, args);
}
