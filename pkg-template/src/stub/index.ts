/**
 * The stub: what every app carries. It finds the page's broker, or boots it; until the broker is there it sends
 * requests out by itself, each spelling once; and if the broker never comes it is plain `fetch` for ever.
 */
import type { ConnectOptions, Forebay, HostOptions } from "../api.js";
import type { Broker, Page, Registry } from "../protocol.js";
import { ForebayError } from "../error.js";
import { pause, PATIENCE_MS } from "../limits.js";
import { REGISTRY, VERSION } from "../protocol.js";
import { handle } from "./early.js";

export type * from "../api.js";

/** The whole page, among the names of apps that are switched off. */
const ALL = "*";

/** Connects a micro-frontend to the page's one broker, which the first caller boots. */
export function connect(options: ConnectOptions): Forebay {
  const app = options?.app;
  if (!app?.trim?.()) throw new ForebayError("invalid-option", 'connect() needs { app }');
  return handle(page(), app);
}

/** Sets the host shell's options; before or after the apps have connected. */
export function configure(options: HostOptions): void {
  const here = page();
  const { disabled, flag } = options ?? {};
  here.broker?.configure(options);
  Object.assign(here.host, options);
  if (flag) {
    try {
      // Before anything else is loaded; the part that looks again comes later.
      if (flag.key && localStorage[flag.key]) disable(localStorage[flag.key]);
    } catch {
      // A sandbox: nobody can have written there.
    }
    import("../flag/index.js").then(({ follow }) => follow(here, flag, disable, enable), () => {});
  }
  if (disabled === false) enable();
  else if (disabled) for (const app of disabled === true ? [ALL] : disabled) disable("configure({ disabled })", { app });
}

/** From now on requests go out as plain `fetch`: those of the whole page, or of one app. */
export function disable(reason = "disable()", { app = ALL }: Partial<ConnectOptions> = {}): void {
  const here = page();
  (here.off ??= {})[app] = reason;
  here.broker?.switched?.();
}

/** Ends what {@link disable} began. A page whose broker was never loaded, or could not be, loads it now. */
export function enable({ app = ALL }: Partial<ConnectOptions> = {}): void {
  const here = page();
  delete here.off?.[app];
  here.broker?.switched?.();
  if (here.broker === null) boot(here);
}

/**
 * Resolves when requests are shared (`shared`), or are not for now (`pass-through`): there is no broker, it is off, or it has
 * not come within 3 s; it may come yet. Never rejects.
 */
export async function ready(): Promise<"shared" | "pass-through"> {
  const here = page();
  await (here.settled ?? here.ready);
  return here.broker && !here.off?.[ALL] ? "shared" : "pass-through";
}

function page(): Page {
  const registry: Registry = ((globalThis as Record<symbol, Registry>)[REGISTRY] ??= {});
  return registry.v1 ?? boot((registry.v1 = { version: VERSION, host: {}, early: new Map(), todo: [], turns: new Set() } as unknown as Page));
}

function boot(page: { -readonly [K in keyof Page]: Page[K] }): Page {
  page.broker = undefined;
  const turned = () => page.turns?.forEach((turn) => turn());
  // Not before the task is over in which the host configures.
  page.ready = Promise.resolve()
    .then(() => {
      if (page.off?.[ALL]) throw page.off[ALL];
      return import("../runtime/index.js");
    })
    .then((runtime) => runtime.start(page))
    .catch((error: unknown): Broker | null => {
      console.warn("Forebay: plain fetch.", (page.reason = String(error)));
      return (page.broker = null);
    });
  page.ready.then(turned);
  page.settled = Promise.race([page.ready, pause(PATIENCE_MS)]).then((broker) => {
    if (broker) return;
    page.reason ??= "The core has not come within 3 s.";
    return Promise.race([import("../passthrough/index.js").then(({ passThrough }) => ((page.plain ??= passThrough(page)), turned()), () => {}), pause(PATIENCE_MS)]);
  });
  // Later than the import, which goes on its way while the browser fetches this from another process.
  try {
    page.warm = localStorage.forebay;
  } catch {
    // A sandbox: nothing lies on disk.
  }
  return page;
}
