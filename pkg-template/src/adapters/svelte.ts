/** Forebay for Svelte 5: what is read is a store (`$patient.data`), and an object with reactive members for runes (`patient.data`). */
import { getContext, setContext } from "svelte";
import { createSubscriber } from "svelte/reactivity";
import { toStore } from "svelte/store";
import type { DeepReadonly, Forebay, GraphQLDocument } from "../api.js";
import { changed, leaseOf, View, type ChangeOptions, type Lease, type MutationOptions, type ReadOptions, type Source, type State, type Store, type Values } from "./lease.js";

export { keyOf, leaseOf, type ChangeOptions, type MutationOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";
export { dehydrate, hydrate, type DehydrateOptions } from "./rendered.js";
export type { ParamOptions, ParamStyle } from "../request/params.js";

const KEY = Symbol.for("forebay.svelte");

/** Says which app this component and those below belong to. Call it while the component is made. */
export const provideForebay = (app: Forebay): Forebay => setContext(KEY, app);

/** The app that this component belongs to. */
export function useApp(): Forebay {
  const app = getContext<Forebay | undefined>(KEY);
  if (!app) throw new Error('No app: call provideForebay(connect({ app: "name" })) above');
  return app;
}

/** How a component reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this component shows. */
  select?: (data: DeepReadonly<T>) => S;
  /** Default: the one that was provided. Needed where a component's making is over. */
  app?: Forebay;
}

/** What is shown: as a store, and by its members. */
export interface Shown<S> extends State<S> {
  subscribe(run: (state: State<S>) => void): () => void;
}

export class Reactive<T, S> implements Shown<S> {
  readonly #view = new View<T, S>();
  #tracked: Store<T> | undefined;
  #track!: () => void;

  constructor(protected readonly store: () => Store<T>, readonly select?: (data: T) => S, readonly keepPrevious?: boolean) {}

  get #state(): State<S> {
    const store = this.store();
    const shown = () => this.#view.of(store, this.select, this.keepPrevious);
    if (store !== this.#tracked) {
      this.#tracked = store;
      this.#track = createSubscriber((update) => {
        let before = shown();
        // What was asked for before may be told once more.
        return store.subscribe(() => store === this.#tracked && before !== (before = shown()) && update());
      });
    }
    this.#track();
    return shown();
  }

  get data() { return this.#state.data; }
  get error() { return this.#state.error; }
  get isLoading() { return this.#state.isLoading; }
  get isPrevious() { return this.#state.isPrevious; }
  get outcome() { return this.#state.outcome; }

  subscribe(run: (state: State<S>) => void): () => void {
    return toStore(() => this.#state).subscribe(run);
  }
}

type Read<S> = Shown<S> & { refresh: () => void };

/** Reads for a component, by members or as a store: `const patient = useForebay(() => `/api/patients/${id}`)` follows what it is made of. */
export function useForebay<T, V = Values, S = DeepReadonly<T>>(source: () => Source<T, V>, variables?: () => NoInfer<V> | undefined, options?: UseOptions<T, S> & {
  /** While what is asked for changes, go on showing what was shown before. Default `false`. */
  keepPrevious?: boolean;
}): Read<S>;
/** The same, always of one thing. */
export function useForebay<T, V = Values, S = DeepReadonly<T>>(source: Source<T, V>, variables?: NoInfer<V>, options?: UseOptions<T, S>): Read<S>;
export function useForebay(source: any, variables: any, options: UseOptions<any, any> & { keepPrevious?: boolean } = {}): Read<any> {
  const app = options.app ?? useApp();
  let lease: Lease<any> | undefined;
  const store = () => {
    const before = lease;
    if (source.call) lease = leaseOf(app, source(), variables?.(), options);
    else lease ??= leaseOf(app, source, variables, options);
    // What is read only once something else is there must not wait for that.
    if (lease !== before && globalThis.document) lease.answered.then();
    return lease;
  };
  store();
  return Object.assign(new Reactive(store, options.select, options.keepPrevious), { refresh: () => store().refresh() });
}

/** Makes a change by a GraphQL document, or by a function that makes it. */
export function useForebayMutation<R, V>(document: GraphQLDocument<R, V>, options?: MutationOptions): (variables?: V) => Promise<R>;
export function useForebayMutation<R, A extends unknown[]>(work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): (...args: A) => Promise<R>;
export function useForebayMutation(what: any, options: any = {}): (...args: any[]) => Promise<any> {
  const app = useApp();
  return (...args) => changed(app, what, options, args);
}
