/** Forebay for Vue 3. */
import { computed, inject, onScopeDispose, onServerPrefetch, shallowRef, toValue, watch, type App, type ComputedRef, type InjectionKey, type MaybeRefOrGetter, type ShallowRef } from "vue";
import type { DeepReadonly, Forebay, GraphQLDocument } from "../api.js";
import { changed, identityOf, leaseOf, LOADING, View, type ChangeOptions, type Lease, type MutationOptions, type ReadOptions, type Source, type State, type Values } from "./lease.js";

export { keyOf, leaseOf, type ChangeOptions, type MutationOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";
export { dehydrate, hydrate, type DehydrateOptions } from "./rendered.js";
export type { ParamOptions, ParamStyle } from "../request/params.js";

const KEY: InjectionKey<Forebay> = Symbol();

/** A plugin: `createApp(Root).use(forebay(app))`. */
export const forebay = (app: Forebay) => ({ install: (vue: App) => void vue.provide(KEY, app) });

/** The app that this component belongs to. */
export function useApp(): Forebay {
  const app = inject(KEY, undefined);
  if (!app) throw new Error('No app: use(forebay(app))');
  return app;
}

const IDLE: State<never> = { ...LOADING, isLoading: false };

const part = <T, K extends keyof T>(state: ShallowRef<T>, name: K) => computed(() => state.value[name]);

export const parts = <S>(state: ShallowRef<State<S>>): Shown<S> => Object.fromEntries(Object.keys(IDLE).map((name) => [name, part(state, name as keyof State<S>)])) as unknown as Shown<S>;

/** How a component reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this component shows: it renders only when that changes. */
  select?: (data: DeepReadonly<T>) => S;
  /** While what is asked for changes, go on showing what was shown before. Default `false`. */
  keepPrevious?: boolean;
  /** Ask for nothing as long as it is `true`. */
  skip?: MaybeRefOrGetter<boolean>;
}

/** What a component shows, each part by itself. */
export type Shown<S> = { readonly [K in keyof State<S>]: ComputedRef<State<S>[K]> };

/** Shows what `source` and `variables` say; when they change, it is asked anew. */
export function useForebay<T, V = Values, S = DeepReadonly<T>>(source: MaybeRefOrGetter<Source<T, V>>, variables?: MaybeRefOrGetter<NoInfer<V> | undefined>, options: UseOptions<T, S> = {}): Shown<S> & { refresh: () => void } {
  const app = useApp();
  const view = new View<DeepReadonly<T>, S>();
  const state = shallowRef<State<S>>(IDLE);
  let lease: Lease<DeepReadonly<T>> | undefined;
  let end: (() => void) | undefined;
  const show = () => (state.value = lease ? view.of(lease, options.select, options.keepPrevious) : IDLE);
  const wanted = () => (toValue(options.skip) ? undefined : identityOf(toValue(source), toValue(variables) as Values, options));
  watch(wanted, (key) => {
    const before = end;
    lease = key === undefined ? undefined : leaseOf<T>(app, toValue(source), toValue(variables) as Values, options);
    end = lease?.subscribe(show);
    // Only now: what both want goes on.
    before?.();
    show();
  }, { immediate: true, flush: "sync" });
  onScopeDispose(() => end?.());
  onServerPrefetch(() => lease?.answered.then(show));
  return { ...parts(state), refresh: () => lease?.refresh() };
}

/** A change that this component makes. */
export interface Mutation<A extends unknown[], R> {
  /** Rejects as the change does. */
  readonly mutate: (...args: A) => Promise<R>;
  readonly isPending: ComputedRef<boolean>;
  readonly error: ComputedRef<Error | undefined>;
  readonly data: ComputedRef<R | undefined>;
}

/** A change by a GraphQL document, or by a function that makes it; `options` may depend on what it is called with. */
export function useForebayMutation<R, V>(document: GraphQLDocument<R, V>, options?: MutationOptions | ((variables: V) => MutationOptions)): Mutation<[variables?: V], R>;
export function useForebayMutation<R, A extends unknown[]>(work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): Mutation<A, R>;
export function useForebayMutation(what: any, options: any = {}): Mutation<any[], any> {
  const app = useApp();
  const state = shallowRef<{ isPending: boolean; error?: any; data?: any }>({ isPending: false });
  const mutate = (...args: any[]) => {
    state.value = { isPending: true };
    const change = changed(app, what, options, args);
    change.then((data) => (state.value = { isPending: false, data }), (error) => (state.value = { isPending: false, error }));
    return change;
  };
  return { mutate, isPending: part(state, "isPending"), error: part(state, "error"), data: part(state, "data") };
}
