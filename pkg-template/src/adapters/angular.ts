/** Forebay for Angular 18 and later: signals. */
import { computed, DestroyRef, effect, inject, InjectionToken, signal, untracked, type Provider, type Signal, type Type } from "@angular/core";
import type { DeepReadonly, Forebay, GraphQLDocument } from "../api.js";
import { changed, identityOf, leaseOf, LOADING, View, type ChangeOptions, type Lease, type MutationOptions, type ReadOptions, type Source, type State, type Values } from "./lease.js";

export { keyOf, leaseOf, type ChangeOptions, type MutationOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";
export { dehydrate, hydrate, type DehydrateOptions } from "./rendered.js";
export type { ParamOptions, ParamStyle } from "../request/params.js";

/** Angular's `PendingTasks`, or `ExperimentalPendingTasks` before Angular 19. */
export type PendingTasks = Type<{ add: () => () => void }>;

const TOKEN = new InjectionToken<Forebay>("forebay");
const TASKS = new InjectionToken<InstanceType<PendingTasks>>("forebay");

/**
 * Says which app what is injected belongs to. With `tasks` a server waits for what components read before it sends the
 * page: Angular's own class, which has different names in different versions, so it is not imported here.
 */
export const provideForebay = (app: Forebay, tasks?: PendingTasks): Provider => [{ provide: TOKEN, useValue: app }, tasks ? { provide: TASKS, useExisting: tasks } : []];

/** The app that was provided. */
export const injectApp = (): Forebay => inject(TOKEN);

/** How a component reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this component shows: its signals change only when that does. */
  select?: (data: DeepReadonly<T>) => S;
  /** While what is asked for changes, go on showing what was shown before. Default `false`. */
  keepPrevious?: boolean;
}

/** What a component shows, each part a signal. */
export type Shown<S> = { readonly [K in keyof State<S>]: Signal<State<S>[K]> };

const IDLE: State<never> = { ...LOADING, isLoading: false };

export function parts<S>(state: Signal<State<S>>): Shown<S> {
  const part = <K extends keyof State<S>>(name: K) => computed(() => state()[name]);
  return { data: part("data"), error: part("error"), isLoading: part("isLoading"), isPrevious: part("isPrevious"), outcome: part("outcome") };
}

/** Shows what `wanted` says, which may read signals; `undefined`: nothing yet. Call it where `inject` may be called. */
export function injectForebay<T, V = Values, S = DeepReadonly<T>>(wanted: () => readonly [source: Source<T, V>, variables?: NoInfer<V>] | undefined, options: UseOptions<T, S> = {}): Shown<S> & { refresh: () => void } {
  const app = injectApp();
  const tasks = globalThis.document ? null : inject(TASKS, { optional: true });
  const view = new View<DeepReadonly<T>, S>();
  const state = signal<State<S>>(IDLE);
  let lease: Lease<DeepReadonly<T>> | undefined;
  let end: (() => void) | undefined;
  const show = () => state.set(lease ? view.of(lease, options.select, options.keepPrevious) : IDLE);
  const asked = computed(wanted, { equal: (one, other) => (one && identityOf(one[0], one[1] as Values, options)) === (other && identityOf(other[0], other[1] as Values, options)) });
  const look = (now: ReturnType<typeof wanted>) => {
    const before = end;
    lease = now && leaseOf<T>(app, now[0], now[1] as Values, options);
    end = lease?.subscribe(show);
    before?.();
    show();
    if (tasks && lease) void lease.answered.then(tasks.add());
  };
  effect(() => {
    const now = asked();
    untracked(() => look(now));
  });
  inject(DestroyRef).onDestroy(() => end?.());
  return { ...parts(state), refresh: () => lease?.refresh() };
}

/** Makes a change by a GraphQL document, or by a function that makes it. */
export function injectForebayMutation<R, V>(document: GraphQLDocument<R, V>, options?: MutationOptions): (variables?: V) => Promise<R>;
export function injectForebayMutation<R, A extends unknown[]>(work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): (...args: A) => Promise<R>;
export function injectForebayMutation(what: any, options: any = {}): (...args: any[]) => Promise<any> {
  const app = injectApp();
  return (...args) => changed(app, what, options, args);
}
