/**
 * The JavaScript half of the driver: it carries out what the core orders, and reports facts. It decides nothing.
 *
 * Responses, their bytes, signals and timers are kept here under the numbers of the broker's flights.
 */

/** What the core orders, by number (`Order` in `mod.rs`): the driver, or the page that extends it, has these methods. */
const ORDERS = [
  "send", "adopt", "read", "abort", "answer", "fail", "goAlone", "notify", "notifyFailure", "publish", "withdraw", "denied",
  "letGo", "text", "compose", "notifyComposed", "publishComposed", "endOfTask", "renew", "dropBody", "dropRequest", "wakeAt",
];

/** The headers of a response on which decisions depend, in the order of `Head`. */
export const FIELDS = [
  "cache-control", "expires", "date", "age", "vary", "retry-after", "content-type", "etag", "last-modified", "content-length",
  "content-range", "connection", "location", "content-location", "cache-groups", "cache-group-invalidation", "no-vary-search",
];

/**
 * The head of a response as `arrived` takes it.
 * @param {Response} response
 * @param {number} requested when it was asked for, by the calendar; 0: not known
 */
export function facts(response, requested) {
  const { status, type, url, headers } = response;
  const whole = (name) => {
    const text = headers.get(name) ?? "";
    try {
      return text && /location/.test(name) ? new URL(text, url).href : text;
    } catch {
      return text;
    }
  };
  return [status, arrivalOf(response), requested, +(type === "cors"), ...FIELDS.map(whole)];
}

/** By the calendar; what comes from disk or another tab says so itself. */
const arrivalOf = (response) => (Object.hasOwn(response, "arrived") ? response.arrived : moment());

/** Browsers keep a delay in 32 bits; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** @type {Driver} the page's, since the core's imports are functions */
let driver;

/** The core's import: carries one order out. */
export const order = (what, a, b, c) => driver[ORDERS[what]](a, b, c);

/** What the calendar showed more than the page's clock when the page began; and how far it has gone ahead since. */
const BEGAN = Date.now() - performance.now();
let ahead = 0;
/** The two never agree to the millisecond. */
const NOISE_MS = 1_000;

/**
 * The core's import: milliseconds since the page began, by the clock that shows more. The page's own stands still while the
 * computer sleeps, and the calendar can be set; what the calendar has once gained is kept when it is set back, so that
 * nothing ever grows younger.
 */
export function clock() {
  const page = performance.now();
  const gained = Date.now() - BEGAN - page;
  if (gained > ahead + NOISE_MS) ahead = gained;
  return page + ahead;
}

/** The same moment by the calendar; it never goes back. */
export const moment = () => Math.floor(BEGAN + clock());

/**
 * Extended by the page, which has `safely(call)` (calls with the core's exports, and survives it if they break),
 * `sendable(request, flight, how)` (a URL, what `fetch` takes beside it, and what else takes both in its place), and the
 * orders that concern callers. `whole(flight)`, where there is one, looks at a body before the core hears of its end.
 */
export class Driver {
  constructor() {
    driver = this;
    /** @type {Map<number, Exchange>} */
    this.exchanges = new Map();
    /** @type {Map<number, AbortController | undefined>} what is in the air */
    this.sent = new Map();
    /** How many heads have come: who asks from then on shares a wait that began before only if the core says so. */
    this.heads = 0;
    /** What the browser said of the failure that is being reported. */
    this.error = undefined;
    /** The text that the core said last. */
    this.said = "";
    /** @type {[flight: number, response: Response][]} what was handed over with its head */
    this.landed = [];
  }

  send(flight, request, how) {
    const [url, init, exchange = fetch] = this.sendable(request, flight, how);
    const controller = new AbortController();
    const { signal } = controller;
    const priority = ["low", "auto", "high"][how & 3];
    this.follow(flight, controller, this.through((how, cache = how & 32 ? "reload" : "no-cache") => exchange(url, { ...init, signal, priority, ...(how & 36 && { cache }) }), how, flight, request, signal));
  }

  /** Where what stands between the broker and the network takes its place; `go` goes there, and names the mode if it must ask. */
  through(go, how) {
    return go(how);
  }

  adopt(flight) {
    const { adopting } = this;
    if (adopting.then) return void this.follow(flight, undefined, adopting);
    this.sent.set(flight, undefined);
    this.landed.push([flight, adopting]);
  }

  /**
   * Hands over a request that somebody else has sent: its response, or the promise of it. `asks`: the browser's HTTP cache
   * had to ask the server.
   */
  handOver(request, response, asks) {
    this.adopting = response;
    this.safely((core) => core.adopt(request, +asks));
  }

  /** Reports the heads that were there already when their requests were handed over. */
  land() {
    for (const [flight, response] of this.landed.splice(0)) {
      try {
        this.arrive(flight, response, 0);
      } catch (error) {
        this.lost(flight, error);
      }
    }
  }

  async follow(flight, controller, sending) {
    const requested = controller ? moment() : 0;
    this.sent.set(flight, controller);
    try {
      this.arrive(flight, await sending, requested);
    } catch (error) {
      this.lost(flight, error);
    }
  }

  arrive(flight, response, requested) {
    // Aborting races with the arrival of the head.
    if (!this.sent.has(flight)) return;
    this.exchanges.set(flight, new Exchange(response));
    const head = facts(response, requested);
    this.heads += 1;
    // What brings nothing but a head brings kept ones up to date; and some say which fields must not be kept.
    const { status, body, headers } = response;
    if (status === 304 || !body || headers.has("connection") || /="/.test(headers.get("cache-control"))) head.push(...headers.keys());
    this.safely((core) => core.arrived(flight, pack(core, head)));
  }

  async read(flight, _, limit) {
    try {
      const bytes = await this.exchanges.get(flight)?.read(limit);
      if (bytes < 0) return this.safely((core) => core.exceeded(flight));
      this.sent.delete(flight);
      this.whole?.(flight);
      this.safely((core) => core.ended(flight, bytes));
    } catch (error) {
      this.lost(flight, error);
    }
  }

  lost(flight, error) {
    this.sent.delete(flight);
    this.error = error;
    this.safely((core) => core.failed(flight));
  }

  abort(flight) {
    this.sent.get(flight)?.abort();
    this.sent.delete(flight);
  }

  letGo(body) {
    this.exchanges.get(body)?.letGo();
  }

  text(at, length) {
    this.safely(({ memory }) => (this.said = decoder.decode(new Uint8Array(memory.buffer, at, length))));
  }

  endOfTask() {
    setTimeout(() => this.safely((core) => core.task_ended()));
  }

  renew(body, flight) {
    const exchange = this.exchanges.get(body);
    const { head } = this.exchanges.get(flight) ?? {};
    exchange.headers = new Headers(exchange.headers);
    for (const name of JSON.parse(this.said)) head ? exchange.headers.set(name, head.headers.get(name)) : exchange.headers.delete(name);
    if (head) exchange.arrived = moment();
  }

  dropBody(body) {
    this.exchanges.delete(body);
  }

  wakeAt(_, __, at) {
    clearTimeout(this.timer);
    // One more: the core's clock has whole milliseconds, and waking too early would be for nothing.
    if (at >= 0) this.timer = setTimeout(() => this.safely((core) => core.wake()), Math.min(at - clock() + 1, LONGEST_DELAY_MS));
  }
}

// --- packing (see `src/bindings/packed.rs`) -------------------------------------------------------------------

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const FOUR = "\0\0\0\0";
/** The core's memory, seen anew when it has grown. */
let bytes = new Uint8Array();
let view = new DataView(bytes.buffer);

/**
 * Writes texts and numbers into the core's scratch area.
 * @param {{ scratch(length: number): number, memory: WebAssembly.Memory }} core
 * @param {readonly (string | number)[]} items
 * @returns {number} the length written
 */
export function pack(core, items) {
  // All in one string, with room for lengths and numbers, is one call of the encoder; and where it comes out as long
  // as the string, all was ASCII, and every text is as long as it was.
  let all = "";
  for (const item of items) all += typeof item === "string" ? FOUR + item : FOUR + FOUR;
  // Three bytes are the most that UTF-8 needs for one UTF-16 unit.
  const start = core.scratch(all.length * 3);
  if (bytes.buffer !== core.memory.buffer) {
    bytes = new Uint8Array(core.memory.buffer);
    view = new DataView(core.memory.buffer);
  }
  const ascii = encoder.encodeInto(all, bytes.subarray(start)).written === all.length;
  let at = start;
  for (const item of items) {
    if (typeof item === "string") {
      const length = ascii ? item.length : encoder.encodeInto(item, bytes.subarray(at + 4)).written;
      view.setUint32(at, length, true);
      at += 4 + length;
    } else {
      view.setFloat64(at, item, true);
      at += 8;
    }
  }
  return at - start;
}

/**
 * Reads what the core has packed, as far as `length`; before the core is called again.
 * @param {{ scratch(length: number): number, memory: WebAssembly.Memory }} core
 * @param {number} length
 */
export function unpack(core, length) {
  const { buffer } = core.memory;
  let at = core.scratch(0);
  const end = at + length;
  const answer = new DataView(buffer);
  return {
    more: () => at < end,
    number: () => answer.getFloat64((at += 8) - 8, true),
    text() {
      const start = at + 4;
      at = start + answer.getUint32(at, true);
      return decoder.decode(new Uint8Array(buffer, start, at - start));
    },
  };
}

/**
 * One response on its way: its head, and as much of its body as has arrived.
 *
 * The driver names exchanges and reads them; their bytes stay here, in the JavaScript heap. Every caller gets a
 * `Response` of its own that reads from the one body at its own pace: nobody waits for somebody slower.
 */
class Exchange {
  #reader;
  /** @type {Uint8Array[]} what has arrived and may still be wanted */
  #chunks = [];
  /** How many chunks have been let go before the first of `#chunks`. */
  #gone = 0;
  /** @type {Set<{ at: number }>} the callers that read while the body arrives */
  #cursors = new Set();
  /** @type {(() => void)[]} who waits for a change: callers for more, and the reading for callers */
  #sleepers = [];
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
    this.bytes = 0;
    this.ended = false;
    this.error = undefined;
    this.lettingGo = false;
  }

  /**
   * Reads on, to the end or until more than `limit` bytes have come.
   * @param {number} limit
   * @returns {Promise<number>} the bytes of the whole body, or -1 if it is longer than `limit`
   */
  async read(limit) {
    try {
      while (this.#reader) {
        if (this.lettingGo) await this.#demand();
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#chunks.push(value);
        this.bytes += value.byteLength;
        this.#wake();
        if (this.bytes > limit) return -1;
      }
      this.ended = true;
      return this.bytes;
    } catch (error) {
      this.error = error ?? new TypeError("The body broke off.");
      throw this.error;
    } finally {
      this.#wake();
    }
  }

  /** From now on keeps only what some reader has still to read, and reads no faster than the fastest of them. */
  letGo() {
    this.lettingGo = true;
    this.#trim();
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
      if (this.#cursors.size === 0) this.#chunks = [this.#joined];
    }
    return this.#joined;
  }

  /**
   * The parsed JSON, frozen to its leaves, the same object each time. Only for an ended body.
   * @throws {SyntaxError} if it is not JSON
   */
  value() {
    if (!this.#parsed) this.#parsed = { value: freeze(JSON.parse(new TextDecoder().decode(this.whole()))) };
    return this.#parsed.value;
  }

  /**
   * A `Response` of the caller's own.
   * @param {AbortSignal | null} [signal] breaks off the body
   * @param {() => void} [left] is called when the caller cancels the body before its end
   * @param {boolean} [isStored] it is not the answer to this caller's own question, and says how old it is
   * @returns {Response}
   */
  response(signal, left, isStored) {
    const { status, statusText, url, redirected, type } = this.head;
    const headers = new Headers(this.headers);
    if (isStored || Object.hasOwn(this.head, "arrived")) headers.set("age", String(Math.floor((Number(headers.get("age")) || 0) + (moment() - this.arrived) / 1000)));
    const nothing = status === 204 || status === 205 || status === 304 || !this.#reader;
    const body = nothing ? null : this.ended && !this.lettingGo ? this.whole() : this.#stream(signal, left);
    // Engines make errors of their own of what breaks a made body off: callers get the real one.
    const why = (error) => (signal?.aborted ? signal.reason : (this.error ?? error));
    // Servers send statuses that nobody may make a Response with.
    const made = new Response(body, { status: status > 599 ? 200 : status, statusText, headers });
    return dressed(made, { url, redirected, type, status, ok: this.head.ok }, why);
  }

  #stream(signal, left) {
    const cursor = { at: 0 };
    this.#cursors.add(cursor);
    const leave = () => {
      this.#cursors.delete(cursor);
      this.#trim();
      this.#wake();
    };
    return new ReadableStream(
      {
        start: (controller) => {
          signal?.addEventListener("abort", () => {
            if (!this.#cursors.has(cursor)) return;
            leave();
            controller.error(signal.reason);
          }, { once: true });
        },
        pull: async (controller) => {
          // The reading may be waiting for somebody to want more.
          this.#wake();
          while (cursor.at - this.#gone >= this.#chunks.length && !this.ended && this.error === undefined) {
            await this.#change();
            if (!this.#cursors.has(cursor)) return;
          }
          const chunk = this.#chunks[cursor.at - this.#gone];
          if (chunk) {
            // A copy: a caller may write into what it is given, or transfer it away.
            controller.enqueue(chunk.slice());
            cursor.at += 1;
            this.#trim();
            return;
          }
          leave();
          if (this.error === undefined) controller.close();
          else controller.error(this.error);
        },
        cancel: () => {
          leave();
          left?.();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Waits until a reader has read all there is. */
  async #demand() {
    while (this.#cursors.size > 0 && ![...this.#cursors].some((cursor) => cursor.at - this.#gone >= this.#chunks.length)) await this.#change();
  }

  #change() {
    return new Promise((resolve) => this.#sleepers.push(resolve));
  }

  #wake() {
    for (const sleeper of this.#sleepers.splice(0)) sleeper();
  }

  #trim() {
    if (!this.lettingGo) return;
    let first = this.#gone + this.#chunks.length;
    for (const cursor of this.#cursors) first = Math.min(first, cursor.at);
    this.#chunks.splice(0, first - this.#gone);
    this.#gone = first;
  }
}

/** Gives a made `Response` what only the network can give one; its clones too. */
export function dressed(response, facts, why) {
  const set = (name, value) => Object.defineProperty(response, name, { value, configurable: true });
  for (const name in facts) set(name, facts[name]);
  for (const name of ["arrayBuffer", "blob", "formData", "json", "text"]) {
    const read = response[name];
    set(name, () => read.call(response).catch((error) => Promise.reject(why(error))));
  }
  const clone = response.clone;
  return set("clone", () => dressed(clone.call(response), facts, why));
}

/** Freezes a tree without recursion: JSON may be as deep as a stack is not. */
function freeze(root) {
  const rest = [root];
  while (rest.length > 0) {
    const node = rest.pop();
    if (typeof node === "object" && node !== null) {
      Object.freeze(node);
      for (const value of Object.values(node)) rest.push(value);
    }
  }
  return root;
}
