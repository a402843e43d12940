/**
 * The log on disk of what was declared out of date, and the marks that stand for what is not in it yet. What a line says is
 * sealed: it names what people look at, and stays when they have gone.
 */
import type { Store } from "../../../src/browser/store.js";
import { secret } from "../../../src/browser/secret.js";
import { UNWRITTEN } from "../stale.js";

/** So many invalidations are told apart on disk; rows from before count as dead. */
const LINES = 64;
/** What a line says that says nothing in particular: everything is out of date. */
const ALL = "*";
const NAME = "log";

/** Who said it, as how-manieth word; and what, sealed. Where browsers have no WebCrypto it is a text. */
type Line = [tab: number, count: number, scope: string | [Uint8Array, ArrayBuffer]];

/** As it lies on disk. The lines above number `floor` are there. */
interface Lines {
  readonly floor: number;
  readonly lines: readonly Line[];
}

/** Told what is in it, as the core takes it. */
type Read = (floor: number, lines: (string | number)[]) => void;

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
/** What lies there in clear, though it could be sealed, is of an earlier version, or somebody else's; it is to go. */
const isSealed = (scope: unknown): boolean => typeof scope !== "string" || scope === ALL || !crypto.subtle;
const isLine = (line: any): boolean => Array.isArray(line) && isCount(line[0]) && isCount(line[1]) && isSealed(line[2]);
const isLog = (log: any): log is Lines => isCount(log?.floor) && Array.isArray(log.lines) && log.lines.every(isLine);

export class Log {
  readonly #me: number;
  readonly #read: Read;
  readonly #written: () => void;
  #store: Store | null = null;
  #secret: ReturnType<typeof secret> | undefined;
  #isSecret = false;
  /** The last number that is known here. */
  #number = 0;
  /** What is to be written into it. */
  #words: [count: number, scope: string][] = [];
  /** Marks of other pages, of which some may have ended before they could write what they had said; with what they say. */
  #marks: [name: string, says: string][] = [];
  #writing: Promise<unknown> = Promise.resolve();
  /** How many words are on their way into it. */
  #leaving = 0;

  /** `written` is told when words of this tab are in it. */
  constructor(me: number, read: Read, written: () => void) {
    this.#me = me;
    this.#read = read;
    this.#written = written;
  }

  /** When what was said here so far is written and read. */
  get settled(): Promise<unknown> {
    return this.#writing;
  }

  /** There is a disk, or none any more. `isSecret`: nothing may lie there in clear. */
  use(store: Store | null, isSecret: boolean): void {
    this.#store = store;
    this.#isSecret = isSecret;
    this.#secret = store ? secret(store) : undefined;
    if (!store) this.#words = [];
    else this.#marks = marks().filter(([name]) => name !== UNWRITTEN + this.#me);
    this.write();
  }

  /** Something was said, and is to be written. */
  say(count: number, scope: string): void {
    this.#words.push([count, scope]);
    // More than it holds, or a page without a disk.
    if (this.#words.length > LINES) this.#words = [[count, ALL]];
  }

  /** Until it is written, another page would not know: it is marked at once, before anybody hears that it is done. */
  mark(count: number): void {
    try {
      localStorage[UNWRITTEN + this.#me] = count;
    } catch {
      // Not allowed to.
    }
  }

  /** Learns what is in it. */
  async read(): Promise<void> {
    const log: unknown = await this.#store?.get(NAME);
    if (log === undefined || this.#isWhole(log)) return this.#learn(log as Lines | undefined);
    // What nobody can read says that everything is out of date.
    await this.#change([[0, ALL]]);
  }

  /** Puts what was said here into it. */
  write(): void {
    // Before the disk is open they wait.
    if (!this.#store || !(this.#words.length || this.#marks.length)) return;
    const words = this.#words.splice(0);
    const ended = this.#marks.splice(0);
    // What a page that has ended had to say nobody knows.
    if (ended.length) words.push([0, ALL]);
    this.#leaving += words.length;
    this.#writing = Promise.all([this.#writing, this.#change(words)]).then(([, isWritten]) => {
      if (!isWritten) return;
      this.#leaving -= words.length;
      // Of what is said in one task each word is written by itself: the mark stands for the last of them, too.
      if (!this.#words.length && !this.#leaving) delete localStorage[UNWRITTEN + this.#me];
      // A page that lives may have said more since.
      for (const [name, says] of ended) if (localStorage[name] === says) delete localStorage[name];
    }).catch(() => {});
  }

  /** No other tab comes between. */
  async #change(words: readonly [count: number, scope: string][]): Promise<boolean> {
    const store = this.#store!;
    const lines = await Promise.all(words.map(async ([count, scope]): Promise<Line> => [this.#me, count, await this.#close(scope)]));
    const log: unknown = await store.update(NAME, (before: unknown = { floor: 0, lines: [] }): Lines => {
      if (!this.#isWhole(before)) return { floor: this.#above(), lines };
      const all = [...before.lines, ...lines];
      const gone = Math.max(0, all.length - LINES);
      return { floor: before.floor + gone, lines: all.slice(gone) };
    });
    if (!isLog(log)) return false;
    await this.#learn(log);
    this.#written();
    return true;
  }

  /** Whether it can be read, and goes on from what is known here. */
  #isWhole(log: unknown): log is Lines {
    return isLog(log) && log.floor + log.lines.length >= this.#number;
  }

  /** Numbers begin anew above all that ever were, so that rows from before are dead: nobody writes a line each second. */
  #above(): number {
    return Math.max(this.#number + 1, Math.floor(Date.now() / 1_000));
  }

  async #learn(log: Lines = { floor: 0, lines: [] }): Promise<void> {
    const scopes = await Promise.all(log.lines.map(([, , scope]) => this.#open(scope)));
    this.#number = Math.max(this.#number, log.floor + log.lines.length);
    this.#read(log.floor, log.lines.flatMap(([tab, count], at) => [tab, count, scopes[at]!]));
  }

  async #close(scope: string): Promise<Line[2]> {
    return (await this.#secret?.close(scope).catch(() => undefined)) ?? (this.#isSecret || crypto.subtle ? ALL : scope);
  }

  async #open(scope: unknown): Promise<string> {
    if (typeof scope === "string") return scope;
    return (Array.isArray(scope) ? await this.#secret?.open(scope as [Uint8Array, ArrayBuffer]) : undefined) ?? ALL;
  }
}

/** Those of all pages. */
function marks(): [name: string, says: string][] {
  try {
    return Object.entries<string>(localStorage).filter(([name]) => /^forebay \d+$/.test(name));
  } catch {
    return [];
  }
}
