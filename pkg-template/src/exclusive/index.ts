/** One run at a time, over all apps and tabs, of work that must not be done twice at once. */
import type { ExclusiveOptions, ExclusiveWork } from "../api.js";
import { ForebayError, invalid } from "../error.js";
import { either } from "../limits.js";
import { NativePromise } from "../native.js";
import type { Exclusive, Page } from "../protocol.js";

/** How a run ended, as tabs tell each other. */
interface Told {
  readonly value?: unknown;
  readonly error?: unknown;
  readonly failed: boolean;
}

/** How long who is let in waits for the word of the tab before: it was sent first, but may be heard later. */
const LAST_WORD_MS = 100;

/** How long who waits for others does so, and when that is said. */
const TIMEOUT_MS = 30_000;
const WARNING_MS = 5_000;

/** A run that is under way, or waits for another tab's. */
interface Run {
  readonly app: string;
  /** What the work holds: its own name, and those of the work that it is part of. */
  readonly held: ReadonlySet<string>;
  /** Names that it waits for. */
  readonly waits: string[];
  /** Aborts when nobody waits for it any more. */
  readonly enough: AbortController;
  waiters: number;
  /** It is let in. */
  runs?: boolean;
  ends?: Promise<unknown>;
}

/** What runs, by person and name. */
const runs = new Map<string, Run>();

/** Joins the run of this name that is under way for this person, or begins one. */
export const exclusive: Exclusive = async (page, name, work, options, app) => enter(page, undefined, app, name, work, options);

type Enter = (page: Page, outer: Run | undefined, app: string, name: string, work: (held: ExclusiveWork) => unknown, options: ExclusiveOptions | undefined) => any;

const enter: Enter = (page, outer, app, name, work, { timeout = TIMEOUT_MS, signal } = {}) => {
  if (typeof name !== "string" || !name || typeof work !== "function") throw invalid('exclusive() needs a name and a function: exclusive("token", () => renew()).');
  if (!(timeout > 0)) throw invalid(`exclusive(): timeout must be milliseconds above 0, not ${timeout}.`);
  signal?.throwIfAborted();
  const key = JSON.stringify([page.person ?? null, name]);
  const handle = (run: Run): ExclusiveWork => ({ exclusive: async (name, work, options) => enter(page, run, app, name, work, options), signal: run.enough.signal });
  if (outer?.held.has(key)) return work(handle(outer));
  const known = runs.get(key);
  const back = known && outer && wayBack(known, outer.held);
  if (back) throw new ForebayError("deadlock", `exclusive(${nameOf(key)}): its work waits for ${nameOf(back)}, which this work holds: neither would end.`);
  const run = known ?? begin(key, app, outer, (run) => work(handle(run)));
  return new NativePromise((resolve, reject) => {
    run.waiters += 1;
    outer?.waits.push(key);
    const holder = () => (run.runs ? `"${run.app}" of this page` : "another tab");
    const isOwn = () => !known && run.runs;
    const warning = setTimeout(() => isOwn() || console.warn(`Forebay: exclusive(${nameOf(key)}) has waited 5 s for ${holder()}.`), WARNING_MS);
    const timer = setTimeout(() => {
      if (isOwn()) return;
      leave(new ForebayError("deadline", `exclusive(${nameOf(key)}): ${holder()} has held it for more than ${timeout} ms.`, { retryable: true }));
    }, Math.min(timeout, 2 ** 31 - 1));
    const abort = () => leave(signal!.reason);
    signal?.addEventListener("abort", abort);
    let isIn = true;
    const over = () => {
      if (!isIn) return;
      isIn = false;
      clearTimeout(warning);
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      outer?.waits.splice(outer.waits.indexOf(key), 1);
      run.waiters -= 1;
    };
    const leave = (reason: unknown) => {
      over();
      reject(reason);
      if (run.waiters) return;
      run.enough.abort(reason);
      // What runs holds its name to its end, which may not be soon.
      if (!run.runs) runs.delete(key);
    };
    run.ends!.then(resolve, reject).then(over);
  });
};

function begin(key: string, app: string, outer: Run | undefined, work: (run: Run) => unknown): Run {
  const run: Run = { app, held: new Set([...(outer?.held ?? []), key]), waits: [], enough: new AbortController(), waiters: 0 };
  runs.set(key, run);
  run.ends = overTabs(key, run.enough.signal, () => ((run.runs = true), settled(() => work(run)))).then(({ value, error, failed }) => {
    if (failed) throw error;
    return value;
  });
  const over = () => runs.get(key) === run && runs.delete(key);
  run.ends.then(over, over);
  return run;
}

/** The name among `held` that a run waits for, itself or by what it waits for. */
function wayBack(run: Run, held: ReadonlySet<string>): string | undefined {
  for (const key of run.waits) {
    const next = runs.get(key);
    const found = held.has(key) ? key : next && wayBack(next, held);
    if (found) return found;
  }
  return;
}

const nameOf = (key: string) => JSON.stringify(JSON.parse(key)[1]);

async function settled(work: () => unknown): Promise<Told> {
  try {
    return { value: await work(), failed: false };
  } catch (error) {
    return { error, failed: true };
  }
}

async function overTabs(key: string, left: AbortSignal, work: () => Promise<Told>): Promise<Told> {
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
      navigator.locks.request(lock, { signal: either(enough.signal, left)! }, async () => (await Promise.race([heard, later()])) ?? run()),
    ]);
  } catch {
    if (left.aborted && !mine) throw left.reason;
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
