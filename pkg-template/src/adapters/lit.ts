/** Forebay for Lit 3, and for every host of reactive controllers. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { DeepReadonly, Forebay, GraphQLDocument } from "../api.js";
import { changed, type ChangeOptions, identityOf, leaseOf, LOADING, View, type Lease, type MutationOptions, type ReadOptions, type Source, type State, type Values } from "./lease.js";

export { keyOf, leaseOf, type ChangeOptions, type MutationOptions, type Optimistic, type ReadOptions, type Source, type State, type Values } from "./lease.js";
export { dehydrate, hydrate, type DehydrateOptions } from "./rendered.js";
export type { ParamOptions, ParamStyle } from "../request/params.js";

/** How an element reads. */
export interface UseOptions<T, S> extends ReadOptions {
  /** The part that this element shows: it updates only when that changes. */
  select?: (data: DeepReadonly<T>) => S;
  /** While what is asked for changes, go on showing what was shown before. Default `false`. */
  keepPrevious?: boolean;
}

/** What is wanted: looked at before each update. `undefined`: nothing yet. */
export type Wanted<T, V> = () => readonly [source: Source<T, V>, variables?: V] | undefined;

const IDLE: State<never> = { ...LOADING, isLoading: false };

/** `patient = new ForebayController(this, app, () => [`/api/patients/${this.id}`])`, and `this.patient.state` in `render()`. */
export class ForebayController<T, V = Values, S = DeepReadonly<T>> implements ReactiveController {
  #state: State<S> = IDLE;
  readonly #view = new View<DeepReadonly<T>, S>();
  #lease: Lease<DeepReadonly<T>> | undefined;
  #key: string | undefined;
  #end: (() => void) | undefined;

  constructor(readonly host: ReactiveControllerHost, readonly app: Forebay, readonly wanted: Wanted<T, V>, readonly options: UseOptions<T, S> = {}) {
    host.addController(this);
  }

  get state(): State<S> {
    // On a server nothing is connected or updated.
    if (!globalThis.document) this.#look();
    return this.#state;
  }

  hostConnected(): void {
    this.#look();
  }

  hostUpdate(): void {
    this.#look();
  }

  hostDisconnected(): void {
    this.#end?.();
    this.#end = this.#key = undefined;
  }

  /** Asks again now, past the cache. */
  refresh(): void {
    this.#lease?.refresh();
  }

  #look(): void {
    const wanted = this.wanted();
    const key = wanted && identityOf(wanted[0], wanted[1] as Values, this.options);
    if (key === this.#key) return;
    const before = this.#end;
    this.#key = key;
    this.#lease = wanted && leaseOf<T>(this.app, wanted[0], wanted[1] as Values, this.options);
    this.#end = this.#lease?.subscribe(() => this.#show() && this.host.requestUpdate());
    before?.();
    this.#show();
  }

  #show(): boolean {
    const before = this.#state;
    this.#state = this.#lease ? this.#view.of(this.#lease, this.options.select, this.options.keepPrevious) : IDLE;
    return before !== this.#state;
  }
}

/** Makes a change by a GraphQL document, or by a function that makes it. */
export function mutation<R, V>(app: Forebay, document: GraphQLDocument<R, V>, options?: MutationOptions): (variables?: V) => Promise<R>;
export function mutation<R, A extends unknown[]>(app: Forebay, work: (...args: A) => Promise<R>, options?: ChangeOptions | ((...args: A) => ChangeOptions)): (...args: A) => Promise<R>;
export function mutation(app: Forebay, what: any, options: any = {}): (...args: any[]) => Promise<any> {
  return (...args) => changed(app, what, options, args);
}
