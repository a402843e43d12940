/** One run at a time, over all apps and tabs, of work that must not be done twice at once. */
import { invalid } from "../error.js";
import type { Exclusive } from "../protocol.js";

/** How a run ended, as tabs tell each other. */
interface Told {
  readonly value?: unknown;
  readonly error?: unknown;
  readonly failed: boolean;
}

/** How long who is let in waits for the word of the tab before: it was sent first, but may be heard later. */
const LAST_WORD_MS = 100;

/** What runs, by person and name. */
const runs = new Map<string, Promise<unknown>>();

/** Joins the run of this name that is under way for this person, or begins one. */
export const exclusive: Exclusive = (page, name, work) => {
  if (typeof name !== "string" || !name || typeof work !== "function") throw invalid('exclusive() needs a name and a function: exclusive("token", () => renew()).');
  const key = JSON.stringify([page.person ?? null, name]);
  let run = runs.get(key);
  if (!run) {
    run = overTabs(key, () => settled(work)).then(({ value, error, failed }) => {
      if (failed) throw error;
      return value;
    });
    runs.set(key, run);
    const over = () => runs.delete(key);
    run.then(over, over);
  }
  return run;
};

async function settled(work: () => unknown): Promise<Told> {
  try {
    return { value: await work(), failed: false };
  } catch (error) {
    return { error, failed: true };
  }
}

async function overTabs(key: string, work: () => Promise<Told>): Promise<Told> {
  let mine: Promise<Told> | undefined;
  let channel: BroadcastChannel | undefined;
  try {
    const lock = "forebay " + (await digest(key));
    const bus = (channel = new BroadcastChannel(lock));
    const heard = new Promise<Told>((resolve) => (bus.onmessage = ({ data }) => resolve(data)));
    const run = () =>
      (mine ??= work().then((told) => {
        try {
          bus.postMessage(told);
        } catch {
          // It cannot be copied: those who wait in other tabs run their own, one after the other.
        }
        return told;
      }));
    const free = await navigator.locks.request(lock, { ifAvailable: true }, (held) => held && run());
    if (free) return free;
    const enough = new AbortController();
    heard.then(() => enough.abort());
    return await Promise.race([
      heard,
      // Let in: the tab before has ended or died, or what it had could not be copied.
      navigator.locks.request(lock, { signal: enough.signal }, async () => (await Promise.race([heard, later()])) ?? run()),
    ]);
  } catch {
    // No locks here (an insecure context, a sandbox, an old browser): once in this page is what can be had.
    return mine ?? work();
  } finally {
    channel?.close();
  }
}

const later = () => new Promise<undefined>((resolve) => setTimeout(resolve, LAST_WORD_MS));

/** Names of locks can be seen by all of the origin: whose they are is nobody's business. */
async function digest(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).join();
}
