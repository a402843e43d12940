/** Forebay for React 18 and 19. */
import { createContext, createElement, useCallback, useContext, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import type { DeepReadonly, Forebay, GraphQLDocument } from "../api.js";
import { changed, identityOf, leaseOf, LOADING, View, type ChangeOptions, type MutationOptions, type ReadOptions, type Source, type State, type Store, type Values } from "./lease.js";

export { identityOf, keyOf, leaseOf, type ChangeOptions, type MutationOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";
export { dehydrate, hydrate, type DehydrateOptions } from "./rendered.js";
export type { ParamOptions, ParamStyle } from "../request/params.js";

const Context = createContext<Forebay | undefined>(undefined);

/** Says which app the components below belong to. */
export const ForebayProvider = ({ app, children }: { app: Forebay; children?: ReactNode }) => createElement(Context.Provider, { value: app }, children);

/** The app that these components belong to. */
export function useApp(): Forebay {
  const app = useContext(Context);
  if (!app) throw new Error("No app: <ForebayProvider app={app}>");
  return app;
}

/** How a component reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this component shows: it renders only when that changes. */
  select?: (data: DeepReadonly<T>) => S;
  /** While what is asked for changes, go on showing what was shown before. Default `false`. */
  keepPrevious?: boolean;
  /** Suspend until there is an answer, and throw failures to the nearest error boundary. Default `false`. */
  suspense?: boolean;
  /** Ask for nothing yet. Default `false`. */
  skip?: boolean;
}

const NOTHING: Store<any> = { state: { ...LOADING, isLoading: false }, subscribe: () => () => {} };

function useStore<T, S>(store: Store<T>, select?: (data: T) => S, keepPrevious?: boolean): State<S> {
  const { current: view } = useRef(new View<T, S>());
  const shown = () => view.of(store, select, keepPrevious);
  return useSyncExternalStore(store.subscribe, shown, shown);
}

/** What this component shows, and `refresh` to ask again now. */
export function useForebay<T, V = Values, S = DeepReadonly<T>>(source: Source<T, V>, variables?: NoInfer<V>, options: UseOptions<T, S> = {}): State<S> & { refresh: () => void } {
  const app = useApp();
  const { select, keepPrevious, suspense, skip } = options;
  const key = identityOf(source, variables as Values, options);
  const lease = useMemo(() => (skip ? undefined : leaseOf<T>(app, source, variables as Values, options)), [app, key, skip]);
  const state = useStore<DeepReadonly<T>, S>(lease ?? NOTHING, select, keepPrevious);
  if (suspense && lease && state.data === undefined) {
    if (state.error) throw lease.thrown();
    if (state.isLoading) throw lease.answered;
  }
  return useMemo(() => ({ ...state, refresh: lease?.refresh ?? (() => {}) }), [state, lease]);
}

/** A change that this component makes. */
export interface Mutation<A extends unknown[], R> {
  /** Rejects as the change does. */
  readonly mutate: (...args: A) => Promise<R>;
  readonly isPending: boolean;
  readonly error: Error | undefined;
  readonly data: R | undefined;
}

/** A change by a GraphQL document, or by a function that makes it; `options` may depend on what it is called with. */
export function useForebayMutation<R, V>(document: GraphQLDocument<R, V>, options?: MutationOptions | ((variables: V) => MutationOptions)): Mutation<[variables?: V], R>;
export function useForebayMutation<R, A extends unknown[]>(work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): Mutation<A, R>;
export function useForebayMutation(what: any, options: any = {}): Mutation<any[], any> {
  const app = useApp();
  const [state, setState] = useState<{ isPending: boolean; error?: any; data?: any }>({ isPending: false });
  const latest = useRef([what, options]);
  latest.current = [what, options];
  const mutate = useCallback((...args: any[]) => {
    setState({ isPending: true });
    const change = changed(app, latest.current[0], latest.current[1], args);
    change.then((data) => setState({ isPending: false, data }), (error) => setState({ isPending: false, error }));
    return change;
  }, [app]);
  return { mutate, ...state } as Mutation<any[], any>;
}
