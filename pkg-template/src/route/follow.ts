/** Tells Forebay where the person goes, where no router of the page does. */
import type { Forebay } from "../api.js";

/**
 * Calls `app.route()` for the route that is shown now, and whenever the page goes to another: as soon as the browser knows
 * of it (Navigation API), where that is missing when the history is changed. Returns what ends it.
 *
 * A page whose router can call `app.route(path)` itself, before it loads what it will show, need not follow.
 */
export function follow(app: Pick<Forebay, "route">): () => void {
  const enough = new AbortController();
  const { signal } = enough;
  let last = "";
  const go = (address: string | URL) => {
    const url = new URL(address, location.href);
    const path = url.pathname + url.search;
    if (signal.aborted || url.origin !== location.origin || path === last) return;
    last = path;
    app.route(path);
  };
  const { navigation } = globalThis as { navigation?: EventTarget };
  if (navigation) {
    navigation.addEventListener("navigate", (event: any) => event.canIntercept && event.downloadRequest === null && !event.formData && go(event.destination.url), { signal });
  } else {
    addEventListener("popstate", () => go(location.href), { signal });
    for (const name of ["pushState", "replaceState"] as const) {
      const change = history[name];
      const told: typeof change = function (this: History, data, unused, url) {
        change.call(this, data, unused, url);
        go(location.href);
      };
      history[name] = told;
      // Others may have wrapped it since: then it stays, and tells nobody.
      signal.addEventListener("abort", () => history[name] === told && (history[name] = change));
    }
  }
  go(location.href);
  return () => enough.abort();
}
