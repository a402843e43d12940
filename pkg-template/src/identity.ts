/**
 * Identity sessions. What was asked in one is never sent in the next: it fails with `identity-changed`. One place decides,
 * for the stub and the runtime.
 */
import { ForebayError } from "./error.js";
import type { Page } from "./protocol.js";

/** Which session it is: 0 until the host has named anybody, then the how-manieth person. */
export const sessionOf = ({ session }: Page): number => session ?? 0;

/** The core's number of that failure. */
export const IDENTITY_CHANGED = 3;

/** Why something was not sent. */
export const changed = (): ForebayError => new ForebayError("identity-changed", "The person changed before it was sent.", { retryable: true });

/** Headers that say what is wanted, and not who asks. */
const HARMLESS = /^(accept|accept-language|content-type|range)$/;

/** Whether headers may say who asks. */
export function isOwn(input: unknown, init: { readonly headers?: HeadersInit } | undefined): boolean {
  try {
    return [...new Headers(init?.headers ?? (input as Request)?.headers).keys()].some((name) => !HARMLESS.test(name));
  } catch {
    // No headers, as `fetch` will say.
    return false;
  }
}

/**
 * Whether what was watched in that session, with headers of its own, must not be read again: with the former person's token
 * it would be asked for as that person. Of before anybody was named each token goes on by itself.
 */
export const isOver = (page: Page, session: number, hasHeaders: boolean): boolean =>
  !!session && hasHeaders && session !== sessionOf(page);

/**
 * Whether what was asked in that session, and has waited, goes the broker's way. Not if the page was nobody's then and has
 * been named since: it is sent as plain `fetch` would, and kept for nobody.
 * @throws if it was another person's
 */
export function goesOn(page: Page, session: number): boolean {
  const isSame = session === sessionOf(page);
  if (session && !isSame) throw changed();
  return isSame;
}
