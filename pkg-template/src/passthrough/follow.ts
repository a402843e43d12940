/** A watch while requests pass through: read, and read again when something says that it is out of date. */
import type { Update } from "../api.js";
import { changed, isOver, sessionOf } from "../identity.js";
import { limited } from "../limits.js";
import type { Page } from "../protocol.js";
import { told } from "../told.js";

/** What is read. */
export interface Reading {
  readonly url: string;
  /** A GraphQL query: it concerns more than its URL says. */
  readonly isQuery: boolean;
  readonly deadline: number | undefined;
  /** Headers of its own may say who asks. */
  readonly hasHeaders: boolean;
  read(cache: RequestCache | undefined, signal: AbortSignal): Promise<unknown>;
}

export class Follow {
  readonly reading: Reading;
  readonly #listener: (update: Update<any>) => void;
  /** In which identity session it is read. */
  #session: number;
  /** How often it was read: an answer from before the last time is nobody's. */
  #turn = 0;
  #enough: AbortController | undefined;
  #data: unknown;

  /** Reads at the end of the task, unless it is told before that somebody has begun to. */
  constructor(reading: Reading, session: number, isQuiet: boolean, listener: (update: Update<any>) => void) {
    this.reading = reading;
    this.#session = session;
    this.#listener = listener;
    if (!isQuiet) queueMicrotask(() => this.#turn || this.read());
  }

  /** Somebody has begun to read it before. */
  begun(data: Promise<unknown>): void {
    const turn = (this.#turn += 1);
    const tell = (update: Partial<Update<unknown>>) => turn === this.#turn && told(this.#listener, { data: this.#data, error: undefined, outcome: "bypassed", ...update });
    data.then((data) => tell({ data: turn === this.#turn ? (this.#data = data) : data }), (error) => tell({ error, outcome: "failed" }));
  }

  /** Reads anew, in the place of any reading that is under way. */
  read(cache?: RequestCache): void {
    this.#enough?.abort();
    const { url, deadline, read } = this.reading;
    const { signal } = (this.#enough = new AbortController());
    this.begun(limited(url, deadline, signal, (signal) => read(cache, signal!)));
  }

  /** The page is another person's. */
  identified(page: Page): void {
    if (isOver(page, this.#session, this.reading.hasHeaders)) {
      this.stop();
      told(this.#listener, { data: undefined, error: changed(), outcome: "failed" });
      return;
    }
    this.#session = sessionOf(page);
    this.read("reload");
  }

  stop(): void {
    this.#turn = -1;
    this.#enough?.abort();
  }
}
