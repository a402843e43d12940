/**
 * The stub: what every app carries. It finds the page's broker, or boots it; until the broker is there it sends
 * requests out by itself, each spelling once; and if the broker never comes it is plain `fetch` for ever.
 */
import type { ConnectOptions, Forebay, HostOptions } from "../api.js";
import { added, sift } from "../checks/host.js";
import { checkCall } from "../checks/call.js";
import type { Broker, Page, Registry } from "../protocol.js";
import { ForebayError } from "../error.js";
import { soon } from "../limits.js";
import { oursIn, REGISTRY, VERSION } from "../protocol.js";
import { handle } from "./early.js";

export type * from "../api.js";

/** Connects a micro-frontend to the page's one broker, which the first caller boots. */
export function connect(options: ConnectOptions): Forebay {
  const app = options?.app;
  if (!app?.trim?.()) throw new ForebayError("invalid-option", 'connect() needs { app: "name" }.');
  checkCall("connect", [options]);
  return handle(page(), app);
}

/**
 * Sets the host shell's options; before or after the apps have connected. Several calls add up: of each option the last
 * one holds, and rules stand one behind the other. What is wrong is thrown, and all else holds.
 */
export function configure(options: HostOptions): void {
  const [usable, wrong] = sift(options);
  const here = page();
  const more = added(here.host, usable);
  Object.assign(here.host, more);
  here.broker?.configure(more);
  here.rendered?.heard("configure");
  // What was never loaded, or could not be, is loaded now.
  if (here.broker === null && more.disabled === false) boot(here);
  if (wrong[0]) throw new ForebayError("invalid-option", `configure(): ${wrong.join("; ")}. All else holds.`);
}

/** From now on the whole page's requests go out as plain `fetch`. */
export const disable = (reason = "disable()"): void => configure({ disabled: reason });

/** Ends what {@link disable} began. A broker that was never loaded, or could not be, is loaded now. */
export const enable = (): void => configure({ disabled: false });

/**
 * Resolves when requests are shared (`shared`), or are not for now (`pass-through`): there is no broker, it is off, or it has
 * not come within 3 s; it may come yet. Never rejects.
 */
export async function ready(): Promise<"shared" | "pass-through"> {
  const here = page();
  await here.settled;
  return here.broker && !here.off ? "shared" : "pass-through";
}

/** Of a copy that can share nothing. */
let apart: Page | undefined;

function page(): Page {
  const here = found();
  here.native ??= globalThis.fetch;
  return here;
}

function found(): Page {
  // What a page has put on every object is none of its members.
  const bare = () => Object.create(null);
  const own: Page = Object.assign(bare(), { version: VERSION, host: bare(), early: new Map(), todo: [], turns: new Set() });
  try {
    const registry: Registry = ((globalThis as Record<symbol, Registry>)[REGISTRY] ??= {});
    if (!(Object.hasOwn(registry, "v1") && registry.v1)) return boot((registry.v1 = own));
    return oursIn(registry);
  } catch (error) {
    return (apart ??= boot(own, String(error)));
  }
}

/** `apart`: why nothing can be shared. */
function boot(page: { -readonly [K in keyof Page]: Page[K] }, apart?: string): Page {
  page.broker = undefined;
  delete page.reason;
  const turned = () => page.turns.forEach((turn) => turn());
  let store: Storage | undefined;
  // Not before the task is over in which the host configures.
  const runtime = Promise.resolve().then(() => {
    const { disabled, flag } = page.host;
    const off = apart || store?.[flag?.key!] || (typeof disabled !== "object" && disabled);
    if (off) throw off;
    return import("../runtime/index.js");
  });
  page.giving = runtime.then(({ give }) => (page.give = give), () => {});
  page.ready = runtime
    .then(({ start }) => start(page))
    .catch((error: unknown): Broker | null => {
      console.warn("Forebay: plain fetch.", (page.reason = String(error)));
      return (page.broker = null);
    });
  page.ready.then(turned);
  page.settled = soon(page.ready).then((broker) => {
    if (broker) return;
    page.reason ??= "The core has not come within 3 s.";
    return soon(import("../passthrough/index.js").then(({ passThrough }) => ((page.plain ??= passThrough(page)), turned()), () => {}));
  });
  // Later than the import, which goes on its way while the browser fetches this from another process.
  try {
    page.warm = (store = localStorage).forebay;
  } catch {
    // A sandbox: nothing lies on disk.
  }
  return page;
}
