/** What callers are made of an exchange; the exchange itself is the driver's (`src/browser/driver.js`). */
import { jsonOf } from "../error.js";

/** One response and its body, as the driver keeps it. */
export interface Exchange {
  readonly head: Response;
  /** Its fields, as the server said last. */
  readonly headers: Headers;
  /** By the calendar. */
  readonly arrived: number;
  readonly ended: boolean;
  /** What all have read is no longer there. */
  readonly lettingGo: boolean;
  /** Only of an ended body of which nothing was let go. Must not be changed. */
  whole(): Uint8Array | undefined;
  response(signal?: AbortSignal | null, left?: () => void, isStored?: boolean): Response;
  value(): unknown;
}

/** The parsed answer, shared and frozen. */
export const valueOf = (exchange: Exchange): Promise<unknown> => jsonOf(exchange.head, () => exchange.value());
