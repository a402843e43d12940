/** What we send with. The bundler puts it wherever `fetch` is called in the stub, in the runtime and in its parts. */
import { known, SENT, type Page } from "../protocol.js";

/** Of a copy that can share nothing. */
const apart: Partial<Page> = {};

/**
 * The page's current `fetch`, or the one that was there before `forebay/install`. Our own requests are marked, so that one that
 * comes back to us (from a `fetch` that calls `app.fetch`) is known: at once, or by its options and copies of them. Whatever stands there: it rejects rather than throws.
 */
export const fetch: typeof globalThis.fetch = async (input, init) => {
  const page = known() ?? apart;
  const send = page.installed?.before ?? globalThis.fetch;
  const isPlain = !init || Object.getPrototypeOf(init) === Object.prototype;
  const before = page.isSending;
  let sending;
  page.isSending = true;
  try {
    // Not options of a class of their own (a `Request` may be), which a copy would empty. Nobody calls it as a method: the browser's own would refuse that.
    sending = send(input, isPlain ? ({ ...init, [SENT]: true } as RequestInit) : init);
  } finally {
    page.isSending = before;
  }
  const response = await sending;
  if (!response?.headers) throw new TypeError("The page's fetch gave no Response: what has replaced it is wrong.");
  return response;
};
