/**
 * On a server there is no page to share: every call is plain `fetch`, and one request knows nothing of another. In tests of
 * components, too; there what is watched is read again after writes and invalidations, as in a page. Where a test has its own
 * broker (`forebay/testing`), apps are connected to that.
 */
import type { ConnectOptions, Exclusively, Forebay, HostOptions } from "./api.js";
import { passThrough } from "./passthrough/index.js";
import type { Page, Plain } from "./protocol.js";
import { known, VERSION } from "./protocol.js";

export type * from "./api.js";

const reason = "There is no page on a server.";
const page: Page = { version: VERSION, host: {}, early: new Map(), todo: [], broker: null, ready: Promise.resolve(null), settled: Promise.resolve(), turns: new Set(), reason };
/** Of a page that a test has made, all apps together. */
let shared: Plain | undefined;

/** As in the browser; requests need whole URLs. */
export function connect({ app }: ConnectOptions): Forebay {
  // Whoever is served at the same time is somebody else.
  const plain = globalThis.document ? (shared ??= passThrough(page, false)) : passThrough(page, false);
  const exclusive: Exclusively = async (_name, work, { signal = new AbortController().signal } = {}) => work({ exclusive, signal });
  const own: any = { ...plain.connect(app), exclusive };
  let tested: any;
  // A test's broker may come after the app has connected.
  for (const [name, call] of Object.entries<any>(own)) if (call.call) own[name] = (...args: unknown[]) => ((tested ??= known()?.broker?.connect(app))?.[name] ?? call)(...args);
  return own;
}

/** Accepted, so that code for both sides need not ask where it is; only `graphql.endpoint` is of use here. */
export function configure(options: HostOptions): void {
  known()?.broker?.configure(options);
  Object.assign(page.host, options);
}

/** `pass-through`, always but for tests with a broker of their own. */
export async function ready(): Promise<"shared" | "pass-through"> {
  return known()?.broker ? "shared" : "pass-through";
}

/** Nothing is on that could be switched off. */
export function disable(): void {}

/** On a server nothing is ever shared. */
export function enable(): void {}
