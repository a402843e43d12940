/** The spelling map: what has been asked before, and what is known of it without asking the core. */
import type { Exchange } from "./exchange.js";
import { valueOf } from "./exchange.js";
import type { Written } from "./spelling.js";
import { keyOf } from "./spelling.js";

/** Spellings kept; the oldest goes first. At about 300 bytes each that is well under a megabyte. */
const KEPT = 2_000;

/** One spelling that the core has named. */
export class Spelled {
  /** Short forms under which it was asked for. */
  readonly shorthands: string[] = [];
  /** Until when, by `clock`, `exchange` may be given out without asking the core. */
  until = 0;
  exchange: Exchange | undefined;
  /** Answers without the core since they were last told: of app `a` at 2 a; callers who share its wait at 2 a + 1. */
  uses: number[] = [];
  /** The `Request` that was asked with last, and what was told beside it: a flight that it starts is sent as that. */
  from: { readonly input: Request; readonly init: RequestInit | undefined } | undefined;
  /** By app: the promise that callers of one app share while the answer is on its way. */
  readonly waits = new Map<number, Promise<unknown>>();
  /** How many heads had come when they began. */
  heads = 0;
  #settled: Promise<unknown> | undefined;

  constructor(
    readonly key: string,
    readonly written: Written,
    /** The core's name; 0 if answers are not shared. */
    readonly request: number,
  ) {}

  publish(exchange: Exchange, until: number): void {
    this.until = until;
    this.exchange = exchange;
    this.#settled = undefined;
  }

  withdraw(): void {
    this.until = 0;
    this.exchange = this.#settled = undefined;
  }

  /** The parsed answer, always the same promise. Only while published. */
  promise(): Promise<unknown> {
    return (this.#settled ??= valueOf(this.exchange!));
  }
}

export class Spellings {
  readonly #byKey = new Map<string, Spelled>();
  readonly #byRequest = new Map<number, Spelled>();
  /** Plain URLs of requests without options, as written. */
  readonly #short = new Map<string, Spelled>();
  #base = document.baseURI;
  #dirty = new Set<Spelled>();

  readonly #unspell: (request: number) => void;

  /** `unspell` tells the core that a name is not asked for any more. */
  constructor(unspell: (request: number) => void) {
    this.#unspell = unspell;
  }

  /** Recognises a URL without options, by its text alone. */
  recall(text: string): Spelled | undefined {
    const base = document.baseURI;
    if (base !== this.#base) {
      // The same text means another URL now.
      this.#base = base;
      this.#short.clear();
    }
    return this.#short.get(text);
  }

  /** Finds a spelling, or names it to the core by `name`. `text` is given if the request is nothing but that URL; `kind` tells apart what is written alike and named in other ways. */
  of(written: Written, text: string | undefined, name: (written: Written) => number, kind = ""): Spelled {
    const key = kind + keyOf(written);
    let spelled = this.#byKey.get(key);
    if (!spelled) {
      spelled = new Spelled(key, written, name(written));
      this.#byKey.set(key, spelled);
      if (spelled.request) this.#byRequest.set(spelled.request, spelled);
      if (this.#byKey.size > KEPT) this.#forget(this.#byKey.values().next().value!);
    }
    if (text !== undefined && this.#short.get(text) !== spelled) {
      this.#short.set(text, spelled);
      spelled.shorthands.push(text);
    }
    return spelled;
  }

  /** Also what is forgotten, until the core needs it no more. */
  named(request: number): Spelled | undefined {
    return this.#byRequest.get(request);
  }

  /** Something is out of date: who asks from now on shares no wait that began before, unless the core says so. */
  settle(): void {
    for (const { waits } of this.#byRequest.values()) waits.clear();
  }

  /** The identity session is over: nothing of it is shared or given out any more. */
  end(): void {
    this.settle();
    for (const spelled of this.#byRequest.values()) spelled.withdraw();
  }

  drop(request: number): void {
    this.#byRequest.delete(request);
  }

  /** Counts an answer that the core knows nothing of. */
  count(spelled: Spelled, joined: 0 | 1, app: number): void {
    const at = app * 2 + joined;
    spelled.uses[at] = (spelled.uses[at] ?? 0) + 1;
    this.#dirty.add(spelled);
  }

  /** Tells the core of all uses since the last time. */
  flush(tell: (app: number, request: number, joined: number, times: number) => void): void {
    for (const spelled of this.#dirty) {
      spelled.uses.forEach((times, at) => tell(at >> 1, spelled.request, at & 1, times));
      spelled.uses = [];
    }
    this.#dirty.clear();
  }

  /** Forgets all: what the host declared about requests has changed. */
  clear(): void {
    for (const spelled of [...this.#byKey.values()]) this.#forget(spelled);
  }

  #forget(spelled: Spelled): void {
    this.#byKey.delete(spelled.key);
    for (const text of spelled.shorthands) if (this.#short.get(text) === spelled) this.#short.delete(text);
    spelled.withdraw();
    if (spelled.request) this.#unspell(spelled.request);
  }
}
