/** Lists in pages, for Lit. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Forebay } from "../api.js";
import type { ReadOptions, Source } from "./lease.js";
import { Pages, type Next } from "./pages.js";
import { leaseOf } from "./lit.js";

export type { Next } from "./pages.js";

/** A list that comes in pages. */
export class ForebayPagesController<T> extends Pages<T> implements ReactiveController {
  #end: (() => void) | undefined;

  constructor(readonly host: ReactiveControllerHost, app: Forebay, source: Source<T, any>, next: Next<T>, options: ReadOptions = {}) {
    super(leaseOf, app, source, next, options);
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = this.subscribe(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.#end?.();
  }
}
