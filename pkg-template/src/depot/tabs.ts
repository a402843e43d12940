/** The other tabs of the origin: whether there are any, and what they say. */
import { VERSION } from "../protocol.js";
import { messageOf, type Message } from "./message.js";

/** Tabs of one version understand each other. */
const NAME = "forebay " + VERSION;
/** Each tab holds this lock, together with the others. */
const PRESENCE = NAME + " tab";
/** And these, by name. */
const HOLDING = NAME + " has ";
/**
 * A tab that does not answer within so long hangs (one that sleeps or is gone is not there for the others); one that does may
 * have much to claim.
 */
const SHY_MS = 500;
const BUSY_MS = 600;
/** No tab's number. */
const NOBODY = -1;

export class Tabs {
  /** This page's number. */
  readonly me: number;
  #channel: BroadcastChannel | undefined;
  #leave: (() => void) | undefined;
  #letGo: (() => void) | undefined;
  /** What somebody who has said hello waits for. */
  #greeted: (() => void) | undefined;
  #answered: (() => void) | undefined;
  #listener: ((message: Message) => void) | undefined;
  /** What was said before somebody listened. */
  #missed: Message[] = [];

  constructor(me: number) {
    this.me = me;
  }

  /** Gives out what is said, from when `listen` was called. */
  heed(listener: (message: Message) => void): void {
    this.#listener = listener;
    this.#missed.splice(0).forEach(listener);
  }

  /** Listens from now on. */
  listen(): void {
    try {
      this.#channel = new BroadcastChannel(NAME);
      this.#channel.onmessage = ({ data }) => this.#heard(data);
    } catch {
      // A sandbox: this tab is alone.
    }
  }

  #heard(data: unknown): void {
    const message = messageOf(data);
    if (!message) return;
    if (message.is === "hello") this.say({ is: "hi", to: message.from });
    if (this.#listener) this.#listener(message);
    else if (message.is === "hello") {
      // Nothing is in the air here yet, and nothing was said: nobody needs to wait until the core is there.
      this.say({ is: "here", from: this.me, to: message.from, count: 0 });
      this.#missed.push({ is: "hello", from: NOBODY });
    } else this.#missed.push(message);
    // Whoever waits for these goes on when they have been heard.
    if (message.is === "hi") message.to === this.me && this.#greeted?.();
    else if (message.is === "here") message.to === this.me && this.#answered?.();
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
    this.say({ is: "hello", from: this.me });
    if (await within(SHY_MS, greeted)) await within(BUSY_MS, answered);
    return true;
  }

  /** Lets the others know, as long as this tab is awake, which names it holds; and no others. */
  hold(names: readonly string[]): void {
    this.#letGo?.();
    if (!navigator.locks) return;
    const gone = new Promise<void>((letGo) => (this.#letGo = letGo));
    for (const name of names) navigator.locks.request(HOLDING + name, { mode: "shared" }, () => gone).catch(() => {});
  }

  /** Which names are held, by this tab or by others. */
  async held(): Promise<string[]> {
    const names = (await this.#locks()).map(({ name = "" }) => name);
    return names.filter((name) => name.startsWith(HOLDING)).map((name) => name.slice(HOLDING.length));
  }

  async areAlone(): Promise<boolean> {
    return !(await this.#others());
  }

  /** How many others are awake. */
  async #others(): Promise<number> {
    return Math.max(0, (await this.#locks()).filter(({ name }) => name === PRESENCE).length - 1);
  }

  async #locks(): Promise<LockInfo[]> {
    const { held = [] } = (await navigator.locks?.query().catch(() => undefined)) ?? {};
    return held;
  }

  /** Goes, or is put to sleep: a page that is kept for going back need not stay so because of us. */
  leave(): void {
    this.say({ is: "bye", from: this.me });
    this.#leave?.();
    this.#letGo?.();
    this.#missed = [];
    this.#channel = this.#channel?.close() as undefined;
  }
}

const within = (ms: number, what: Promise<void>) => Promise.race([what.then(() => true), new Promise<false>((enough) => setTimeout(enough, ms, false))]);

/** The lock that is the claim on a fingerprint. */
export const claimOn = (key: string): string => `${NAME} ${key}`;
