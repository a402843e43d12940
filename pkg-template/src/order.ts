/** Mutations go out one after the other where their order matters, and nowhere else. */
import type { Page } from "./protocol.js";

/** What an app's mutations wait for before they go, on this page: for the last of those to the same endpoint, unless they have an order of their own. */
export interface Ordered {
  readonly app: string;
  readonly endpoint: string;
  readonly order: string | false | undefined;
}

/**
 * Runs what has the same place in the page's order one after the other, as it was given: whoever sends it, the stub, what
 * stands in the broker's place, or the broker. `go` is called at once if nothing of this place runs. Who has given up by then
 * throws from it, and the next one's turn comes.
 */
export function inOrder<T>(page: Page, { app, endpoint, order = "" }: Ordered, go: () => Promise<T>): Promise<T> {
  if (order === false) return go();
  const last = (page.order ??= new Map());
  const key = JSON.stringify([app, endpoint.split("#")[0], order]);
  const before = last.get(key);
  const mine = before ? before.then(go) : go();
  const over: Promise<unknown> = mine.then(() => {}, () => {}).then(() => last.get(key) === over && last.delete(key));
  last.set(key, over);
  return mine;
}
