/** Puts the broker behind the page's own `fetch` and `XMLHttpRequest`, for apps that nobody can change. */
import type { Forebay } from "../api.js";
import { known, SENT, type Installed, type InstalledUse, type Page } from "../protocol.js";
import { matcher } from "./match.js";
import { sharedXhr } from "./xhr.js";

/** What {@link install} is told. */
export interface InstallOptions {
  /**
   * Which URLs: paths of the page's own origin, or whole URLs, with `*` for any text, as in `/api/*` or
   * `https://*.example.com/api/*`; in the host it stays within the host. Nothing else is touched.
   */
  match: readonly string[];
}

/**
 * From now on requests to these URLs are shared, whoever sends them. Returns what takes it back; what was put in place
 * since stays. The broker itself sends with the `fetch` that was there before.
 */
export function install(app: Forebay, options: InstallOptions): () => void {
  const use = { app, matches: matcher(options?.match) };
  const page: Partial<Page> = known() ?? {};
  xhr ??= sharedXhr((url) => page.installed && find(page.installed, url), () => page.broker && !page.off);
  const here = (page.installed ??= installed(page, xhr));
  here.uses.add(use);
  here.put();
  return () => {
    if (!here.uses.delete(use) || here.uses.size) return;
    here.remove();
    page.installed = undefined;
  };
}

/** For whom requests to a URL are shared. */
function find({ uses }: Pick<Installed, "uses">, url: string): Forebay | undefined {
  for (const { app, matches } of uses) if (matches(url)) return app;
  return;
}

/** Made once: what is left of it on the page passes on. */
let xhr: ReturnType<typeof sharedXhr> | undefined;

function installed(page: Partial<Page>, xhr: ReturnType<typeof sharedXhr>): Installed {
  const before = globalThis.fetch;
  const here = { before, uses: new Set<InstalledUse>() };
  // Of the name and length that the browser's own has, and no constructor either.
  const { fetch } = {
    fetch(input: RequestInfo | URL, ...more: [init?: RequestInit]): Promise<Response> {
      const [init] = more;
      const isRequest = Object.prototype.toString.call(input) === "[object Request]";
      const signal = init?.signal === undefined && isRequest ? (input as Request).signal : init?.signal;
      // Our own, by something below that calls the page's `fetch` again; or there is nobody who could share it, nor keep time. And
      // what is wrong, or was given up before, is refused in the browser's own way.
      const isOurs = page.isSending || (init as any)?.[SENT]; // a mark of ours, which no type of the platform has
      if (isOurs || (page.broker === null && !page.plain) || signal?.aborted || !arguments.length) {
        return before(...(arguments as unknown as Parameters<typeof before>));
      }
      let app: Forebay | undefined;
      try {
        app = find(here, isRequest ? (input as Request).url : new URL(input as string, document.baseURI).href);
      } catch {
        // It says so.
      }
      return app?.fetch(input, init) ?? before(input, ...more);
    },
  };
  return {
    ...here,
    put() {
      if (globalThis.fetch === before) globalThis.fetch = fetch;
      xhr.put();
    },
    remove() {
      if (globalThis.fetch === fetch) globalThis.fetch = before;
      xhr.remove();
    },
  };
}
