/**
 * The JavaScript half of the driver: it carries out what the core orders, and reports facts. It decides nothing.
 *
 * Responses, their bytes, signals and timers are kept here under the numbers of the broker's flights.
 */
import { Exchange } from "./exchange.js";

/** What the core orders, by number (`Order` in `mod.rs`): the driver, or the page that extends it, has these methods. */
const ORDERS = [
  "send", "adopt", "read", "abort", "answer", "fail", "goAlone", "notify", "notifyFailure", "publish", "withdraw", "denied",
  "letGo", "text", "compose", "notifyComposed", "publishComposed", "endOfTask", "renew", "dropBody", "dropRequest", "wakeAt", "readOn",
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
export const arrivalOf = (response) => (Object.hasOwn(response, "arrived") ? response.arrived : moment());

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
 * `sendable(request, flight, how)` (a URL or a `Request`, what `fetch` takes beside it, and what else takes both in its place), and the
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
    /** What the browser said of the failure that is being reported; and of which flight. */
    this.error = undefined;
    this.failing = 0;
    /** The text that the core said last. */
    this.said = "";
    /** @type {[flight: number, response: Response][]} what was handed over with its head */
    this.landed = [];
  }

  send(flight, request, how) {
    const [input, init, exchange = fetch] = this.sendable(request, flight, how);
    const controller = new AbortController();
    const { signal } = controller;
    const priority = ["low", "auto", "high"][how & 3];
    // Who asked may have said more than the core knows: a reload, and how urgent it is among what the browser sends.
    const go = (how, cache = how & 32 || init.cache === "reload" ? "reload" : "no-cache") => exchange(input, { priority, ...init, signal, ...(how & 36 && { cache }) });
    this.follow(flight, controller, this.through(go, how, flight, request, signal), moment());
  }

  /** Where what stands between the broker and the network takes its place; `go` goes there, and names the mode if it must ask. */
  through(go, how) {
    return go(how);
  }

  adopt(flight) {
    const { sending, adopted } = this.adopting;
    const stop = adopted?.(flight);
    if (sending.then) return void this.follow(flight, stop, sending, 0);
    this.sent.set(flight, stop);
    this.landed.push([flight, sending]);
  }

  /**
   * Hands over a request that somebody else has sent: its response or the exchange by which that is read, or the promise of
   * either. `asks`: the browser's HTTP cache had to ask the server. `adopted` is told the flight, and gives what ends the exchange.
   */
  handOver(request, sending, asks, adopted) {
    this.adopting = { sending, adopted };
    this.safely((core) => core.adopt(request, +asks));
  }

  /** Reports the heads that were there already when their requests were handed over. */
  land() {
    for (const [flight, sent] of this.landed.splice(0)) {
      try {
        this.arrive(flight, sent, 0);
      } catch (error) {
        this.lost(flight, error);
      }
    }
  }

  async follow(flight, controller, sending, requested) {
    this.sent.set(flight, controller);
    try {
      this.arrive(flight, await sending, requested);
    } catch (error) {
      this.lost(flight, error);
    }
  }

  /** The head is there, of a response or of the exchange by which that is read. */
  arrive(flight, sent, requested) {
    // Aborting races with the arrival of the head.
    if (!this.sent.has(flight)) return;
    const exchange = sent.head ? sent : new Exchange(sent);
    const response = exchange.head;
    this.exchanges.set(flight, exchange);
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
    this.failing = flight;
    this.safely((core) => core.failed(flight));
  }

  abort(flight) {
    this.sent.get(flight)?.abort();
    this.sent.delete(flight);
  }

  letGo(body) {
    this.exchanges.get(body)?.letGo();
  }

  readOn(body) {
    this.exchanges.get(body)?.readOn();
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
