/** How requests that went out before the broker was there are read: by their callers, and then by the broker beside them. */
import type { Early } from "../protocol.js";
import { Exchange } from "../../../src/browser/exchange.js";

/** The one exchange by which all read such a response. Copies of an older version read clones, so it does not take the response itself. */
export function exchangeOf(early: Early, whole: Response): Exchange {
  if (!early.exchange) {
    const exchange = new Exchange(whole.clone());
    exchange.read(Infinity).catch(() => {}); // told to those who read it
    early.exchange = exchange;
  }
  return early.exchange as Exchange;
}

/** A caller's own `Response`; `leave` is called when it reads no further. */
export const give = (early: Early, whole: Response, signal: AbortSignal | null | undefined, leave: () => void): Response =>
  exchangeOf(early, whole).response(signal, leave);
