/** What callers are made of an exchange; the exchange itself is the driver's (`src/browser/driver.js`). */
import { jsonOf } from "../error.js";

/** One response and its body, as the driver keeps it. */
export interface Exchange {
  readonly head: Response;
  response(signal?: AbortSignal | null, left?: () => void, isStored?: boolean): Response;
  value(): unknown;
}

/** The parsed answer, shared and frozen. */
export const valueOf = (exchange: Exchange): Promise<unknown> => jsonOf(exchange.head, () => exchange.value());
