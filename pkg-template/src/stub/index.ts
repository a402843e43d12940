/**
 * The stub: what every app carries. It finds the page's broker, or boots it; until the broker is there it sends
 * requests out by itself, each spelling once; and if the broker never comes it is plain `fetch` for ever.
 */
import type { ConnectOptions, Forebay, HostOptions } from "../api.js";
import { added, sift } from "../checks/host.js";
import { check } from "../checks/shape.js";
import type { Broker, Page, Registry } from "../protocol.js";
import { ForebayError } from "../error.js";
import { REGISTRY, VERSION } from "../protocol.js";
import { handle } from "./early.js";

export type * from "../api.js";

/** Connects a micro-frontend to the page's one broker, which the first caller boots. */
export function connect(options: ConnectOptions): Forebay {
  const app = options?.app;
  if (!app?.trim?.()) throw new ForebayError("invalid-option", 'connect() needs { app: "name" }.');
  check(options, { app: "string" }, "connect()");
  return handle(page(), app);
}

/**
 * Sets the host shell's options; before or after the apps have connected. Several calls add up: of each option the last
 * one holds, and rules stand one behind the other. What is wrong is thrown, and all else holds.
 */
export function configure(options: HostOptions): void {
  const [usable, wrong] = sift(options);
  const { host, broker } = page();
  const more = added(host, usable);
  Object.assign(host, more);
  broker?.configure(more);
  if (wrong[0]) throw new ForebayError("invalid-option", `configure(): ${wrong.join("; ")}. All else holds.`);
}

/** Resolves when requests are shared (`shared`), or never will be (`pass-through`). Never rejects. */
export function ready(): Promise<"shared" | "pass-through"> {
  return page().ready.then((broker) => (broker ? "shared" : "pass-through"));
}

function page(): Page {
  const registry: Registry = ((globalThis as Record<symbol, Registry>)[REGISTRY] ??= {});
  return registry.v1 ?? boot((registry.v1 = { version: VERSION, host: {}, early: new Map(), todo: [] } as unknown as Page));
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
