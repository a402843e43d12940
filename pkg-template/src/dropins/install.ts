/** Puts the broker behind the page's own `fetch` and `XMLHttpRequest`, for apps that nobody can change. */
import type { Forebay } from "../api.js";
import { REGISTRY, type Page } from "../protocol.js";
import { sharedXhr } from "./xhr.js";

/** What {@link install} is told. */
export interface InstallOptions {
  /** Which URLs: paths of the page's own origin, or whole URLs, with `*` for any text, as in `/api/*`. Nothing else is touched. */
  match: readonly string[];
}

/** A `fetch` that stands in the place of another. */
type Installed = typeof fetch & { forebay?: typeof fetch };

/**
 * From now on requests to these URLs are shared, whoever sends them. Returns what takes it back; what was put in place
 * since stays. The broker itself sends with the `fetch` that was there before.
 */
export function install(app: Forebay, { match }: InstallOptions): () => void {
  if (!match?.[0] || !match.every?.((text) => typeof text === "string")) throw Object.assign(new TypeError('install() needs { match: ["/api/*"] }'), { code: "invalid-option" });
  const patterns = match.map((pattern) => new RegExp(`^${new URL(pattern, location.href).href.replace(/[^\w*]/g, "\\$&").replaceAll("*", ".*")}$`));
  const matches = (url: string) => patterns.some((pattern) => pattern.test(url));
  const before: Installed = globalThis.fetch;
  const plain = before.forebay ?? before;
  const page = (): Page | undefined => (globalThis as any)[REGISTRY]?.v1;
  let isInside = false;
  const shared: Installed = async (input, init) => {
    const url = (input as Request)?.url ?? new URL(input as string, document.baseURI).href;
    if (isInside || !matches(url)) return before(input, init);
    const { broker, warm, ready } = page() ?? {};
    if (broker === null) return before(input, init);
    // What lies on disk is worth waiting for; but what the stub sends meanwhile comes by here too.
    if (!broker && warm) {
      await Promise.race([ready, new Promise((enough) => setTimeout(enough, 200))]);
      if (!page()!.broker) return before(input, init);
    }
    isInside = true;
    try {
      return app.fetch(input, init);
    } finally {
      isInside = false;
    }
  };
  shared.forebay = plain;
  globalThis.fetch = shared;
  const { XMLHttpRequest: nativeXhr } = globalThis;
  const xhr = sharedXhr(nativeXhr, app, matches, () => page()?.broker);
  globalThis.XMLHttpRequest = xhr;
  return () => {
    if (globalThis.fetch === shared) globalThis.fetch = before;
    if (globalThis.XMLHttpRequest === xhr) globalThis.XMLHttpRequest = nativeXhr;
    patterns.length = 0;
  };
}
