/** The other tabs of the origin: whether there are any, and what they say. */
import { VERSION } from "../protocol.js";
import type { Answer } from "./rows.js";

/** Tabs of one version understand each other. */
const NAME = "forebay " + VERSION;
/** Each tab holds this lock, together with the others. */
const PRESENCE = NAME + " tab";
/**
 * A tab that does not answer within so long hangs (one that sleeps or is gone is not there for the others); one that does may
 * have much to claim.
 */
const SHY_MS = 500;
const BUSY_MS = 600;
/** No tab's number. */
const NOBODY = -1;

/** What tabs say. */
export type Message =
  /** Something is out of date: how the core is told, and the how-manieth word of that tab it is. */
  | { doubt: readonly [what: string, items: (string | number)[]]; tab: number; count: number }
  /** The log on disk has grown. */
  | { log: true }
  /** About flights: see `Say` in `src/depot`. */
  | { key: string; say: number }
  | ({ key: string; words: number[]; arrived: number } & Answer)
  /** A tab is new, or has slept; those who hear it answer when their flights can be found. */
  | { hello: number }
  /** To the tab that said hello, at once: there is somebody. */
  | { hi: number }
  /** The same, when its flights can be found: who answers, and how many words it has said. */
  | { here: number; to: number; count: number }
  /** A tab goes. */
  | { bye: number }
  /** A tab has become another person's. */
  | { person: string };

export class Tabs {
  /** This page's number. */
  readonly me = crypto.getRandomValues(new Uint32Array(1))[0]!;
  #channel: BroadcastChannel | undefined;
  #leave: (() => void) | undefined;
  /** What somebody who has said hello waits for. */
  #greeted: (() => void) | undefined;
  #answered: (() => void) | undefined;
  #listener: ((message: Message) => void) | undefined;
  /** What was said before somebody listened. */
  #missed: Message[] = [];

  /** Gives out what is said, from when `listen` was called. */
  heed(listener: (message: Message) => void): void {
    this.#listener = listener;
    this.#missed.splice(0).forEach(listener);
  }

  /** Listens from now on. */
  listen(): void {
    try {
      this.#channel = new BroadcastChannel(NAME);
      this.#channel.onmessage = ({ data }: { data: Message }) => {
        if ("hello" in data) this.say({ hi: data.hello });
        if (this.#listener) this.#listener(data);
        else if ("hello" in data) {
          // Nothing is in the air here yet, and nothing was said: nobody needs to wait until the core is there.
          this.say({ here: this.me, to: data.hello, count: 0 });
          this.#missed.push({ hello: NOBODY });
        } else this.#missed.push(data);
        // Whoever waits for these goes on when they have been heard.
        if ("hi" in data) data.hi === this.me && this.#greeted?.();
        else if ("here" in data) data.to === this.me && this.#answered?.();
      };
    } catch {
      // A sandbox: this tab is alone.
    }
  }

  say(message: Message): void {
    this.#channel?.postMessage(message);
  }

  /** Finds out whether there are others; if so, lets them know of this one, and waits until all have answered. */
  async meet(): Promise<boolean> {
    if (!this.#channel || !navigator.locks) return false;
    // First there, then looking around: of two that begin together at least one sees the other. The browser does one after
    // the other, so the first need not be waited for.
    const gone = new Promise<void>((leave) => (this.#leave = leave));
    navigator.locks.request(PRESENCE, { mode: "shared" }, () => gone).catch(() => {});
    let others = await this.#others();
    if (!others) return false;
    const greeted = new Promise<void>((resolve) => (this.#greeted = resolve));
    // Each has its own flights.
    const answered = new Promise<void>((resolve) => (this.#answered = () => (others -= 1) || resolve()));
    this.say({ hello: this.me });
    if (await within(SHY_MS, greeted)) await within(BUSY_MS, answered);
    return true;
  }

  async areAlone(): Promise<boolean> {
    return !(await this.#others());
  }

  /** How many others are awake. */
  async #others(): Promise<number> {
    const { held = [] } = await navigator.locks.query().catch((): LockManagerSnapshot => ({}));
    return Math.max(0, held.filter(({ name }) => name === PRESENCE).length - 1);
  }

  /** Goes, or is put to sleep: a page that is kept for going back need not stay so because of us. */
  leave(): void {
    this.say({ bye: this.me });
    this.#leave?.();
    this.#missed = [];
    this.#channel = this.#channel?.close() as undefined;
  }
}

const within = (ms: number, what: Promise<void>) => Promise.race([what.then(() => true), new Promise<false>((enough) => setTimeout(enough, ms, false))]);

/** The lock that is the claim on a fingerprint. */
export const claimOn = (key: string): string => `${NAME} ${key}`;
