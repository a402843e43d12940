/** The runtime: once per page. Loads the core, takes over what the stubs have sent, and connects apps. */
import type { ForebayErrorShape, HostOptions } from "../api.js";
import type { Broker, Page } from "../protocol.js";
import { REGISTRY, VERSION } from "../protocol.js";
import { fetchPart, load } from "./core.js";
import { soon } from "../limits.js";
import { numberOf, wasStale } from "../stale.js";
import { Hub } from "./hub.js";
import { Port } from "./port.js";

export { give } from "./early.js";

/** Starts the page's broker. Rejects if the core cannot be had; then the page stays with plain `fetch`. */
export async function start(page: Page): Promise<Broker> {
  const { storage } = page.host;
  // Beside the script that needs it, not after.
  const part = fetchPart(storage?.wasm ?? new URL("./depot.wasm", import.meta.url), storage?.wasmIntegrity);
  part.catch(() => {}); // where the core is missing too, nobody comes to hear of it
  const depot = import("../depot/index.js").then(({ prepare }) => prepare(storage, part, numberOf(page)));
  depot.catch(() => {});
  const hub = new Hub(await load(page.host), page);
  // Without it a page is a tab of its own, with what it has in memory. One that comes late is told whose page it is by then.
  let isLate = false;
  const installed = depot.then((install) => install(hub)).then(() => void (isLate && hub.named && hub.identify(...hub.named)), (error) => hub.fault(error));
  await soon(installed);
  isLate = true;
  // A page without a core has written since.
  if (wasStale()) hub.clear();
  const broker: Broker = {
    version: VERSION,
    connect: (app) => new Port(hub, app),
    configure: (options: HostOptions) => hub.configure(options),
    wrote: (...write) => hub.wrote(...write),
  };
  try {
    hub.configure(page.host);
  } catch (error) {
    // Whoever configured is long gone. What is wrong must not cost the page its broker.
    console.warn(error);
    hub.emit("warning", () => error as ForebayErrorShape);
  }
  await soon(Promise.resolve(hub.start)); // before anybody asks
  const others = Object.keys((globalThis as any)[REGISTRY] ?? {}).filter((name) => name !== "v1");
  if (others[0]) hub.warn("protocol", `Another Forebay speaks protocol ${others}, not v1: nothing is shared with it.`);
  takeOver(page, hub, broker);
  return broker;
}

function takeOver(page: Page, hub: Hub, broker: Broker): void {
  const { todo } = page;
  // Of several persons the last: the others' time is over.
  const last = todo.filter(([, method]) => method === "identify").pop();
  const carryOut = (which: RegExp) => {
    for (const call of todo) {
      const [app, method, args] = call;
      if (which.test(method) && (method !== "identify" || call === last)) (broker.connect(app) as any)[method](...args);
    }
  };
  page.broker = broker;
  // Whose page it is and what is out of date comes first; what is in the air since then is theirs and new; and
  // only then is asked ahead, lest it be sent twice.
  carryOut(/^[ic]/);
  for (const early of page.early.values()) hub.takeOver(early);
  page.early.clear();
  // They join what they have sent before, in whatever microtask their apps hear that the broker is there.
  for (const turn of page.turns) hub.inSession(turn.session, turn);
  hub.land();
  carryOut(/^[^ic]/);
  todo.length = 0;
}
