/**
 * The stub: what every app carries. It finds the page's broker, or boots it; until the broker is there it sends
 * requests out by itself, each spelling once; and if the broker never comes it is plain `fetch` for ever.
 */
import type { ConnectOptions, Forebay, HostOptions } from "../api.js";
import type { Broker, Page, Registry } from "../protocol.js";
import { ForebayError } from "../error.js";
import { REGISTRY, VERSION } from "../protocol.js";
import { merged, wrongIn } from "../storage.js";
import { handle } from "./early.js";

export type * from "../api.js";

/** Connects a micro-frontend to the page's one broker, which the first caller boots. */
export function connect(options: ConnectOptions): Forebay {
  const app = options?.app;
  if (!app?.trim?.()) throw new ForebayError("invalid-option", 'connect() needs { app }');
  return handle(page(), app);
}

/** Sets the host shell's options; before or after the apps have connected. */
export function configure(options: HostOptions): void {
  const { host, broker } = page();
  const { storage, ...rest } = options;
  if (storage !== undefined) {
    const wrong = wrongIn(storage);
    if (wrong) throw new ForebayError("invalid-option", `configure(): ${wrong}`);
    // What protects holds, whatever else is wrong.
    host.storage = merged(host.storage, storage);
  }
  broker?.configure(options);
  Object.assign(host, rest);
}

/** Resolves when requests are shared (`shared`), or never will be (`pass-through`). Never rejects. */
export function ready(): Promise<"shared" | "pass-through"> {
  return page().ready.then((broker) => (broker ? "shared" : "pass-through"));
}

/** Of a copy that can share nothing. */
let apart: Page | undefined;

function page(): Page {
  const own = { version: VERSION, host: {}, early: new Map(), todo: [] } as unknown as Page;
  try {
    const registry: Registry = ((globalThis as Record<symbol, Registry>)[REGISTRY] ??= {});
    const v1 = Object.hasOwn(registry, "v1") && registry.v1;
    // What is not ours may be anything, and has none of these.
    return v1 ? (v1.todo.at(0), v1.early.get(""), v1.ready.then(), v1) : boot((registry.v1 = own));
  } catch (error) {
    return (apart ??= { ...own, broker: null, ready: Promise.resolve(null), reason: String(error) });
  }
}

function boot(page: { -readonly [K in keyof Page]: Page[K] }): Page {
  // Not before the task is over in which the host configures.
  page.ready = import("../runtime/index.js")
    .then((runtime) => runtime.start(page))
    .catch((error: unknown): Broker | null => {
      console.warn("Forebay: plain fetch.", (page.reason = String(error)));
      return (page.broker = null);
    });
  // Later than the import, which goes on its way while the browser fetches this from another process.
  try {
    page.warm = localStorage.forebay;
  } catch {
    // A sandbox: nothing lies on disk.
  }
  return page;
}
