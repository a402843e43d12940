/**
 * What a server has rendered, from its page to this one. It is somebody's, of one shape of the data, and of one moment: it is
 * shown as long as nothing says that it is another's, changed or forgotten.
 */
import type { Forebay } from "../api.js";
import { REGISTRY, type Page, type Registry, type Rendered, type Rendering } from "../protocol.js";
import { sha256 } from "./digest.js";
import { leasesOf } from "./lease.js";

/** What a payload says of itself. */
export interface DehydrateOptions {
  /** Whose it is, as `identify` will be told in the page: it travels as a digest. `null`: nobody's. Not said: gone with the first `identify`. */
  person?: string | null;
  /** Of which shape its data is, as the page's `configure({ epoch })` says. */
  epoch?: string;
}

/** The newest form of payloads. One without a version names no person and no moment, and is not taken. */
const VERSION = 2;
/** What is older is shown, and asked for at once. */
const FRESH_MS = 60_000;

type Entry = readonly [name: string, secrets: string, data: unknown];

interface Payload {
  readonly forebay: number;
  readonly at: number;
  readonly person?: string | null;
  readonly epoch?: string;
  readonly entries: readonly Entry[];
}

const pageNow = (): Page | undefined => (globalThis as { [REGISTRY]?: Registry })[REGISTRY]?.v1;

/** What this app's components were shown, for the page that a server sends: text that may stand in a script of JSON. */
export function dehydrate(app: Forebay, { person, epoch }: DehydrateOptions = {}): string {
  const entries = new Map<string, Entry | undefined>();
  for (const { name, shown } of leasesOf(app)) {
    if (shown === undefined) continue;
    const { text, secrets } = hidden(name.text, name.secrets);
    const key = JSON.stringify([text, secrets]);
    // Two that differ only by their cookies: the page could not tell them apart.
    entries.set(key, entries.has(key) ? undefined : [text, secrets, shown]);
  }
  const payload: Payload = { forebay: VERSION, at: Date.now(), ...(person !== undefined && { person: digestOf(person) }), ...(epoch !== undefined && { epoch }), entries: [...entries.values()].filter((entry) => entry !== undefined) };
  return JSON.stringify(payload).replaceAll("<", "\\u003c");
}

/** Takes in what a server has sent along; several apps' payloads add up. Nothing of it is asked for again until something newer is known. */
export function hydrate(payload: string | null | undefined): void {
  // A server has many persons at once.
  if (!payload || !globalThis.document) return;
  store().take(payload);
}

const digestOf = (person: string | null): string | null => person === null ? null : sha256(person);

/** A name as it may stand in a page: who may read that may not read cookies or tokens. */
function hidden(text: string, secrets: string): { text: string; secrets: string } {
  const others = (JSON.parse(secrets || "[]") as [string, string][]).filter(([name]) => name !== "cookie");
  return { text, secrets: others[0] ? sha256(JSON.stringify(others)) : "" };
}

/** One for the page, whichever copy of which adapter makes it. */
function store(): Rendered {
  return ((globalThis as { [RENDERED]?: Rendered })[RENDERED] ??= new Renderings());
}

const RENDERED = Symbol.for("forebay.rendered");

class Renderings implements Rendered {
  #hasWarned = false;
  readonly #entries = new Map<string, Rendering & { readonly payload: Payload }>();

  take(text: string): void {
    this.#link();
    let payload: Payload;
    try {
      payload = JSON.parse(text, (_, value) => Object.freeze(value));
    } catch (error) {
      return warn(`it is no JSON: ${error}`);
    }
    if (payload?.forebay !== VERSION) return warn("it was written by another version of forebay, or by hand: write it with dehydrate(app, { person })");
    for (const [name, secrets, data] of payload.entries) {
      const key = JSON.stringify([name, secrets]);
      const before = this.#entries.get(key);
      // Of two moments the later is shown.
      if (before && before.payload.at > payload.at) continue;
      const { at } = payload;
      this.#entries.set(key, { data, at, payload, watchers: before?.watchers ?? new Set(), drop: () => this.#drop(key, data), get isOld() { return isOld(at); } });
    }
  }

  of(name: string, secrets: string): Rendering | undefined {
    const { text, secrets: digest } = hidden(name, secrets);
    const key = JSON.stringify([text, digest]);
    const entry = this.#entries.get(key);
    const page = this.#link();
    if (!entry) return;
    if (page?.person === undefined ? isOf(entry.payload, page) : this.#isWhose(entry.payload, page.person) && isOf(entry.payload, page)) return entry;
    entry.drop();
    return;
  }

  heard(what: "identify" | "configure" | "clear" | "ask" | "check", person?: string | null): void {
    for (const entry of [...this.#entries.values()]) {
      const { payload, watchers } = entry;
      const stays = what === "identify" ? this.#isWhose(payload, person) : what === "configure" && isOf(payload, pageNow());
      const how = stays ? "pause" : what === "ask" || what === "check" ? what : "hide";
      // What nobody shows is not watched either.
      const kept = [...watchers].map((watcher) => watcher(how)).includes(true);
      if (how === "hide" || !(kept || stays)) entry.drop();
    }
  }

  /** The page tells it what happens; there is none before its first app has connected. */
  #link(): Page | undefined {
    const page = pageNow();
    if (page) page.rendered ??= this;
    return page;
  }

  #isWhose({ person }: Payload, now: string | null | undefined): boolean {
    if (person === undefined && !this.#hasWarned) warn("it does not say whose it is: dehydrate(app, { person })");
    this.#hasWarned ||= person === undefined;
    return person !== undefined && person === digestOf(now ?? null);
  }

  #drop(key: string, data: unknown): void {
    if (this.#entries.get(key)?.data === data) this.#entries.delete(key);
  }
}

const isOf = ({ epoch }: Payload, page: Page | undefined): boolean => epoch === (page?.host as { epoch?: string } | undefined)?.epoch;

/** A page that the browser has kept, or that came late, may be from before a write. */
function isOld(at: number): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return Math.abs(Date.now() - at) > FRESH_MS || navigation?.type === "back_forward";
}

function warn(why: string): void {
  console.warn(`forebay: what a server has rendered is not shown, ${why}.`);
}
