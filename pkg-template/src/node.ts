/** On a server there is no page to share: every call is plain `fetch`, and one request knows nothing of another. */
import type { ConnectOptions, Forebay, HostOptions } from "./api.js";
import type { Page } from "./protocol.js";
import { VERSION } from "./protocol.js";
import { handle } from "./stub/early.js";

export type * from "./api.js";

const reason = "There is no page on a server.";
const page: Page = { version: VERSION, host: {}, early: new Map(), todo: [], broker: null, ready: Promise.resolve(null), reason };

/** As in the browser; requests need whole URLs. */
export function connect({ app }: ConnectOptions): Forebay {
  // Whoever is served at the same time is somebody else.
  return Object.assign(handle(page, app), { exclusive: async (_name: string, work: () => any) => work() });
}

/** Accepted, so that code for both sides need not ask where it is; only `graphql.endpoint` is of use here. */
export function configure(options: HostOptions): void {
  Object.assign(page.host, options);
}

/** `pass-through`, always. */
export async function ready(): Promise<"shared" | "pass-through"> {
  return "pass-through";
}
