/**
 * One response on its way: its head, and as much of its body as has arrived.
 *
 * The driver names exchanges and reads them; their bytes stay here, in the JavaScript heap. Every caller gets a
 * `Response` of its own that reads from the one body at its own pace: nobody waits for somebody slower.
 */
import { arrivalOf, moment } from "./driver.js";
import { parse } from "./parse.js";

/** So many bytes are read ahead of the fastest reader, unless somebody wants the body whole. */
const AHEAD = 1024 * 1024;

/** Whoever loses what it reads from reads no more. */
const lost = /* @__PURE__ */ new FinalizationRegistry((cursor) => cursor.quit());

export class Exchange {
  #reader;
  /** @type {Uint8Array[]} what has arrived and may still be wanted */
  #chunks = [];
  /** How many chunks have been let go before the first of `#chunks`. */
  #gone = 0;
  /** @type {Set<Cursor>} the callers that read while the body arrives */
  #cursors = new Set();
  /** Ends a pause of the reading. */
  #resume = () => {};
  #isHurried = false;
  /** The reading; and what is told that the body is longer than somebody wanted to know. */
  #whole;
  #tellLonger = () => {};
  /** @type {Uint8Array | undefined} */
  #joined;
  #parsed;

  /** @param {Response} response unread */
  constructor(response) {
    this.head = response;
    /** Its fields; a later answer may have brought some up to date. */
    this.headers = response.headers;
    /** By the calendar; what comes from disk says so itself. */
    this.arrived = arrivalOf(response);
    this.#reader = response.body?.getReader();
    // Also what is not being read at the moment can break.
    this.#reader?.closed.catch(() => this.readOn());
    this.bytes = 0;
    this.ended = false;
    this.error = undefined;
    this.lettingGo = false;
  }

  /**
   * Reads on, to the end. Whoever calls it again learns of the same end.
   * @param {number} limit
   * @returns {Promise<number>} the bytes of the whole body, or -1 as soon as it is longer than `limit`
   */
  async read(limit) {
    this.#whole ??= this.#readAll();
    // zone.js's promises, which may stand in the place of the engine's, are not rejected here: it would take them for unhandled.
    const [bytes, failure] = await new Promise((resolve) => {
      this.#whole.then((bytes) => resolve([bytes]), (error) => resolve([0, { error }]));
      this.#tellLonger = () => this.bytes > limit && resolve([-1]);
      this.#tellLonger();
    });
    if (failure) throw failure.error;
    return bytes;
  }

  async #readAll() {
    try {
      while (this.#reader) {
        while (this.#isAhead()) await new Promise((resume) => (this.#resume = resume));
        const { done, value } = await this.#reader.read();
        if (done) break;
        // Streams of bytes take no empty pieces.
        if (!value.byteLength) continue;
        this.#chunks.push(value);
        this.bytes += value.byteLength;
        this.#advance();
        this.#tellLonger();
      }
      this.ended = true;
      return this.bytes;
    } catch (error) {
      this.error = error ?? new TypeError("The body broke off.");
      throw this.error;
    } finally {
      this.#advance();
    }
  }

  /** Whether somebody reads it who was given a `Response`. */
  get isRead() {
    return this.#cursors.size > 0;
  }

  /** From now on keeps only what some reader has still to read. */
  letGo() {
    this.lettingGo = true;
    this.#trim();
  }

  /** From now on waits for no reader. */
  readOn() {
    this.#isHurried = true;
    this.#resume();
  }

  /** The body as one array, which must not be changed. Only for an ended body of which nothing was let go. */
  whole() {
    if (!this.#joined) {
      this.#joined = this.#chunks.length === 1 ? this.#chunks[0] : new Uint8Array(this.bytes);
      let at = 0;
      for (const chunk of this.#chunks.length === 1 ? [] : this.#chunks) {
        this.#joined.set(chunk, at);
        at += chunk.byteLength;
      }
      // Those who still read count the pieces; without them one copy is enough.
      if (this.#cursors.size === 0 && this.bytes) this.#chunks = [this.#joined];
    }
    return this.#joined;
  }

  /**
   * The parsed JSON, frozen to its leaves, the same object each time. Only for an ended body.
   * @throws {SyntaxError} if it is not JSON
   */
  value() {
    if (!this.#parsed) this.#parsed = { value: parse(new TextDecoder().decode(this.whole())) };
    return this.#parsed.value;
  }

  /**
   * A `Response` of the caller's own.
   * @param {AbortSignal | null} [signal] breaks off the body
   * @param {() => void} [left] is called when the caller reads no further than here: it cancels, aborts, or loses the body
   * @param {boolean} [isStored] it is not the answer to this caller's own question, and says how old it is
   * @returns {Response}
   */
  response(signal, left, isStored) {
    const { status, statusText, url, redirected, type, ok } = this.head;
    const facts = { url, redirected, type };
    const headers = new Headers();
    for (const [name, value] of this.headers) {
      try {
        headers.append(name, value);
        // Several lines in one may end in a space, which is cut off.
        if (headers.get(name) !== value) facts.headers = this.headers;
      } catch {
        // Servers send names and values that no script may set: what the browser itself made of them is given.
        facts.headers = this.headers;
      }
    }
    if (isStored || Object.hasOwn(this.head, "arrived")) headers.set("age", String(Math.floor((Number(headers.get("age")) || 0) + (moment() - this.arrived) / 1000)));
    const isWhole = this.#joined ?? (this.ended && !this.lettingGo);
    const body = !this.#reader ? null : isWhole && !signal ? this.whole() : this.#stream(signal, left);
    // The same with statuses, and with what stands behind them; some engines give a body to those that have none.
    const init = { status, statusText, headers };
    if (status < 200 || status > 599 || (body && /^(204|205|304)$/.test(status))) {
      Object.assign(facts, { status, ok });
      init.status = 200;
    }
    if (/[^\t -~\x80-\xff]/.test(statusText)) {
      facts.statusText = statusText;
      init.statusText = "";
    }
    // Engines make errors of their own of what breaks a made body off: callers get the real one.
    return dressed(new Response(body, init), facts, (error) => (signal?.aborted ? signal.reason : (this.error ?? error)), signal);
  }

  /** @internal What a cursor reads next. */
  chunk(at) {
    return this.#chunks[at - this.#gone];
  }

  /** @internal A cursor has moved. */
  moved() {
    this.#trim();
    if (!this.#isAhead()) this.#resume();
  }

  /** @internal A cursor is gone; whether it was there. */
  left(cursor) {
    const was = this.#cursors.delete(cursor);
    this.moved();
    return was;
  }

  #stream(signal, left) {
    const cursor = new Cursor(this, signal, left);
    this.#cursors.add(cursor);
    const stream = streamOf(cursor);
    if (signal?.aborted) cursor.handleEvent();
    else signal?.addEventListener("abort", cursor);
    return stream;
  }

  #isAhead() {
    if (this.#isHurried || !this.isRead) return false;
    let taken = 0;
    for (const cursor of this.#cursors) taken = Math.max(taken, cursor.taken);
    return this.bytes - taken >= AHEAD;
  }

  #advance() {
    for (const cursor of [...this.#cursors]) cursor.advance();
  }

  #trim() {
    if (!this.lettingGo) return;
    let first = this.#gone + this.#chunks.length;
    for (const cursor of this.#cursors) first = Math.min(first, cursor.at);
    this.#chunks.splice(0, first - this.#gone);
    this.#gone = first;
  }
}

/** One caller's place in a body. It does not keep its stream alive: who loses that has left. */
class Cursor {
  /** The piece that it reads next, and the bytes before it. */
  at = 0;
  taken = 0;
  /** What lives as long as the stream does; held while somebody waits for more. */
  wanting;

  constructor(exchange, signal, left) {
    this.exchange = exchange;
    this.signal = signal;
    this.tellLeft = left;
  }

  /** Gives what is wanted and is there, and the end. */
  advance() {
    const { controller } = this.end.deref() ?? {};
    const { exchange } = this;
    const chunk = exchange.chunk(this.at);
    if (!controller) return;
    if (chunk) {
      if (!this.wanting) return;
      this.wanting = undefined;
      this.at += 1;
      this.taken += chunk.byteLength;
      // A copy: a caller may write into what it is given, or transfer it away. `slice` of Node's buffers, which pages made
      // for tests give, copies nothing.
      controller.enqueue(new Uint8Array(chunk));
      exchange.moved();
    }
    if (exchange.chunk(this.at)) return;
    if (exchange.error !== undefined) this.break(exchange.error);
    else if (exchange.ended && this.leave()) {
      controller.close();
      controller.byobRequest?.respond(0);
    }
  }

  /** Breaks its stream off. */
  break(error) {
    if (this.leave()) this.end.deref()?.controller.error(error);
  }

  /** The signal was aborted. */
  handleEvent() {
    this.break(this.signal.reason);
    this.tellLeft?.();
  }

  /** Its reader has cancelled, or is no more. */
  quit() {
    if (this.leave()) this.tellLeft?.();
  }

  leave() {
    this.signal?.removeEventListener("abort", this);
    lost.unregister(this);
    this.wanting = undefined;
    return this.exchange.left(this);
  }
}

/** A stream of bytes from a cursor. Apart, so that nothing else closes over what must not outlive it. */
function streamOf(cursor) {
  const end = {};
  cursor.end = new WeakRef(end);
  lost.register(end, cursor, cursor);
  return new ReadableStream(
    {
      type: "bytes",
      start(controller) {
        end.controller = controller;
      },
      pull() {
        cursor.wanting = end;
        cursor.advance();
      },
      cancel() {
        cursor.quit();
      },
    },
    { highWaterMark: 0 },
  );
}

const READERS = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"];

/** The engine's own promise, whatever stands in its place. @param {unknown} reason */
const refuse = async (reason) => {
  throw reason;
};

/** Gives a made `Response` what only the network can give one; its clones too. */
export function dressed(response, facts, why, signal) {
  const give = (object, name, value, writable) => Object.defineProperty(object, name, { value, writable, configurable: true });
  for (const [name, value] of Object.entries(facts)) give(response, name, value);
  // What came from the network cannot be changed.
  for (const name of ["append", "delete", "set"])
    give(response.headers, name, () => {
      throw new TypeError("Headers are immutable");
    }, true);
  for (const name of READERS) {
    const read = response[name];
    if (read) give(response, name, () => {
      // What is read already is refused by its own error.
      const isTaken = response.bodyUsed || response.body?.locked;
      // What was broken off is not read any more.
      if (signal?.aborted && response.body && !isTaken) return refuse(signal.reason);
      const reading = read.call(response);
      return isTaken ? reading : reading.catch((error) => {
        throw why(error);
      });
    }, true);
  }
  const clone = response.clone;
  return give(response, "clone", () => dressed(clone.call(response), facts, why, signal), true);
}
