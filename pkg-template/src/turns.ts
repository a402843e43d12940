/** The order of mutations, before the broker is there and after. */
import type { Page } from "./protocol.js";

/** An app's mutations to one endpoint go out one after the other, as they were called; the first at once. */
export function inTurn<T>(page: Page, app: string, endpoint: string, send: () => Promise<T>): Promise<T> {
  const turns = (page.writing ??= new Map());
  const place = app + " " + endpoint;
  const before = turns.get(place);
  const mine: Promise<T> = before ? before.then(send, send) : send();
  turns.set(place, mine);
  return mine;
}
