/** The other tabs of the origin: whether there are any, and what they say. */
import { VERSION } from "../protocol.js";
import type { Answer } from "./rows.js";

/** Tabs of one version understand each other. */
const NAME = "forebay " + VERSION;
/** Each tab holds this lock, together with the others. */
const PRESENCE = NAME + " tab";
/** A tab that does not answer within so long is asleep. */
const SHY_MS = 50;

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
  /** To the tab that said hello: who answers, and how many words it has said. */
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
  #heard: ((message: Message & { here: number }) => void) | undefined;
  readonly #listener: (message: Message) => void;

  constructor(listener: (message: Message) => void) {
    this.#listener = listener;
  }

  /** Listens from now on. */
  listen(): void {
    try {
      this.#channel = new BroadcastChannel(NAME);
      this.#channel.onmessage = ({ data }: { data: Message }) => {
        if ("here" in data) data.to === this.me && this.#heard?.(data);
        this.#listener(data);
      };
    } catch {
      // A sandbox: this tab is alone.
    }
  }

  say(message: Message): void {
    this.#channel?.postMessage(message);
  }

  /** Finds out whether there are others; if so, lets them know of this one, and waits until one has answered. */
  async meet(): Promise<boolean> {
    if (!this.#channel || !navigator.locks) return false;
    // First there, then looking around: of two that begin together at least one sees the other.
    await new Promise<void>((there) => {
      navigator.locks.request(PRESENCE, { mode: "shared" }, () => new Promise<void>((leave) => ((this.#leave = leave), there()))).catch(() => there());
    });
    if (await this.areAlone()) return false;
    const answer = new Promise((resolve) => (this.#heard = resolve));
    this.say({ hello: this.me });
    await Promise.race([answer, new Promise((enough) => setTimeout(enough, SHY_MS))]);
    return true;
  }

  async areAlone(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query().catch((): LockManagerSnapshot => ({}));
    return held.filter(({ name }) => name === PRESENCE).length < 2;
  }

  /** Goes, or is put to sleep: a page that is kept for going back need not stay so because of us. */
  leave(): void {
    this.say({ bye: this.me });
    this.#leave?.();
    this.#channel = this.#channel?.close() as undefined;
  }
}

/** The lock that is the claim on a fingerprint. */
export const claimOn = (key: string): string => `${NAME} ${key}`;
