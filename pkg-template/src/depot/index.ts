/**
 * The depot's half in the page: the database, the other tabs, and between them the way of each exchange. It carries out
 * what the core's depot orders (`src/depot`), and decides nothing. Loaded with the runtime; without it a page is a tab
 * of its own, with what it has in memory.
 */
import type { Explanation, HostOptions } from "../api.js";
import { ForebayError } from "../error.js";
import type { Hub } from "../runtime/hub.js";
import type { Exchange } from "../runtime/exchange.js";
import type { Notes } from "../protocol.js";
import { clock } from "../../../src/browser/driver.js";
import { open, plain, type Store } from "../../../src/browser/store.js";
import { idle } from "../../../src/browser/queue.js";
import { NativePromise } from "../native.js";
import { encrypted } from "../../../src/browser/seal.js";
import { merged, wrongIn } from "../storage.js";
import { Claims } from "./claims.js";
import { Log } from "./log.js";
import { tell, type Carry, type Fact, type Orders } from "./orders.js";
import { answerOf, bytesOf, bytesOfHex, charactersOf, hexOf, responseOf, type Answer } from "./rows.js";
import type { Doubt, Message } from "./message.js";
import { claimOn, Tabs } from "./tabs.js";

/** The most of what the browser allows the origin that is used, and the most at all. */
const SHARE = 0.1;
const MOST_BYTES = 64 * 1024 * 1024;
/** Whoever has written is told so when the log has it, but not later than this: a disk may hang. */
const LOGGED_MS = 200;
/** In `how` of the driver's orders to send: the browser's own HTTP cache must ask the server. */
const MUST_ASK = 4;
/** A page whose core has not come by then may never have one: others do not reckon with it as long as it has none. */
const LATEST_CORE_MS = 10_000;
/** Nobody's partitions, by name: of each epoch there is one. */
const NOBODYS = "nobody's";
/** Marks that answers lie on disk, so that the next page's first requests wait for them. */
const MARK = "forebay";

/** One exchange on its way. */
interface Passage {
  readonly request: number;
  readonly go: (mustAsk: number, cache?: RequestCache) => Promise<Response>;
  /**
   * It has waited for another tab, whose exchange may be in the air yet, though that tab is frozen or hangs: the browser's
   * own cache would let this one wait for it, for 20 s in Chromium, unless it is passed by.
   */
  hasWaited?: boolean;
  readonly resolve: (response: Response | Promise<Response>) => void;
  readonly reject: (error: unknown) => void;
  /** What lies on disk for it. */
  row?: Answer;
  /** The answer came from there. */
  isGiven?: boolean;
  /** Sent, and on its way. */
  exchange?: Exchange | undefined;
  /** What the broker keeps of it. */
  body?: number;
  /** Its fingerprint. */
  key?: string;
}

type Storage = NonNullable<HostOptions["storage"]>;

/** What a tab begins with, and what needs no core. */
interface Arrival {
  readonly tabs: Tabs;
  readonly opening: Promise<Store | null>;
  /** Whether there are others. */
  readonly meeting: Promise<boolean>;
}

/** Listens first: what is said after the log was read is heard. */
function arrive(tabs: Tabs, opening: Promise<Store | null>): Arrival {
  tabs.listen();
  return { tabs, opening, meeting: tabs.meet() };
}

export class Depot implements Orders {
  readonly #hub: Hub;
  readonly #tabs: Tabs;
  readonly #claims = new Claims((flight, isOurs) => this.#tell("claimed", flight, [+isOurs]));
  readonly #passages = new Map<number, Passage>();
  #store: Store | null = null;
  #opening: Promise<Store | null>;
  /** How many words this tab has said. */
  #count = 0;
  readonly #log: Log;
  #partition = "";
  /** Whose it is, in whatever epoch. */
  #person = "";
  /** Nobody's partition, and nobody. */
  #anonymous = "";
  #nobody = "";
  #hasSpoken = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What another tab has sent, while the core is told of it. */
  #offer: (Answer & { arrived: number }) | undefined;
  #isAsleep = false;
  /** The disk whose log was read: before that nobody knows which rows are out of date. */
  #known: Store | null = null;
  /** Another tab is another person's. */
  #isDoubted = false;
  readonly #changed: (() => void)[] = [];
  /** What the core has said of a row. */
  #judgement: Omit<NonNullable<Explanation["entry"]>, "bytes"> | undefined;

  /** What holds. */
  #storage: Storage;

  /** Puts the depot between the broker and the network. `storage`: with what the disk was opened. */
  constructor(hub: Hub, storage: Storage, arrival: Arrival) {
    this.#hub = hub;
    this.#tabs = arrival.tabs;
    this.#storage = storage;
    this.#opening = arrival.opening;
    this.#log = new Log(
      this.#tabs.me,
      (floor, lines) => void this.#tell("read", 0, [floor, ...lines]),
      () => this.#tabs.say({ is: "log" }),
    );
    this.#stand();
    this.#tell("identified");
    this.#tabs.heed((message) => this.#heard(message));
    this.#open(arrival);
    this.#leaveNotes();
    // What was said since the disk began to open.
    this.#configured();
    addEventListener("pagehide", () => this.#sleep());
    // The document hears these, and no window. A frozen tab hears others yet and would go on promising them an answer.
    document.addEventListener("freeze", () => this.#sleep());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#wake());
    document.addEventListener("resume", () => this.#wake());
  }

  /** Takes its place in the hub's way. */
  #stand(): void {
    const hub = this.#hub;
    const { read, lost, adopt, identify, outdated, clear, configure } = hub;
    Object.assign(hub, {
      through: (...exchange: Parameters<Depot["through"]>) => this.through(...exchange),
      adopt: (flight: number) => {
        adopt.call(hub, flight);
        this.#passages.set(flight, {} as Passage);
        queueMicrotask(() => this.#tell("adopted", flight));
      },
      read: async (flight: number, _: number, limit: number) => {
        const exchange = hub.exchanges.get(flight);
        const passage = this.#passages.get(flight);
        if (passage) passage.exchange = exchange;
        if (limit < Infinity) queueMicrotask(() => this.#tell("headed", flight));
        await read.call(hub, flight, _, limit);
        if (!exchange || exchange.ended) this.#settled(flight, true);
      },
      lost: (flight: number, error: unknown) => {
        lost.call(hub, flight, error);
        this.#settled(flight, false);
      },
      identify: (id: string | null, interchangeable: boolean) => {
        identify.call(hub, id, interchangeable);
        this.#identified();
      },
      configure: (options: HostOptions) => {
        try {
          configure.call(hub, options);
        } finally {
          // What protects holds, whatever else is wrong.
          this.#configured();
        }
      },
      outdated: (...doubt: Parameters<Hub["outdated"]>) => {
        outdated.apply(hub, doubt);
        this.#count += 1;
        if (this.#storage.disk !== false) this.#log.mark(this.#count);
        this.#tabs.say({ is: "doubt", doubt: doubt as Doubt, tab: this.#tabs.me, count: this.#count });
        this.#tell("heard", 1, [this.#tabs.me, this.#count]);
        this.#log.write();
        return Promise.race([this.#log.settled, new Promise((enough) => setTimeout(enough, LOGGED_MS))]);
      },
      onDisk: async (key: string, url: string) => {
        const row = await this.#store?.load(...this.#at(key));
        this.#judgement = undefined;
        if (row) this.#tell("judged", 0, [charactersOf(row.m), url]);
        return this.#judgement && { ...(this.#judgement as object), bytes: row!.b.byteLength };
      },
      clear: () => {
        clear.call(hub);
        this.#store?.clear();
        this.#tell("emptied");
        this.#readIndex();
      },
    });
  }

  #tell(what: Fact, flight = 0, items: readonly (string | number)[] = []): boolean {
    return tell(this.#hub, this, what, flight, items);
  }

  // --- the disk ------------------------------------------------------------------------------------------------

  /** The disk is full. */
  full(bytes: number): void {
    this.#tell("full", 0, [bytes]);
  }

  /** There is no disk (any more). */
  lost(reason: string): void {
    this.#hub.warn("storage", `Nothing is kept on disk: ${reason}`);
  }

  async #measure(): Promise<void> {
    const { quota = Infinity } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
    this.#tell("budget", 0, [Math.min(this.#storage.bytes ?? MOST_BYTES, quota * SHARE)]);
  }

  /** When the disk is open, the log read and the others met, questions go there. */
  async #open({ opening, meeting }: Arrival): Promise<void> {
    const [store, hasPeers] = await Promise.all([opening, meeting]);
    // It was said meanwhile that there is to be none, or another.
    if (opening !== this.#opening) return;
    this.#store = store;
    this.#log.use(store, this.#storage.encrypt === true);
    await this.#log.settled;
    // Others may have written into it before they answered.
    await this.#log.read();
    this.#known = store;
    // Whoever sleeps begins again when it wakes.
    if (this.#isAsleep || opening !== this.#opening) return;
    this.#tell("opened", 0, [+!!store, +hasPeers]);
    // Whoever asks first is answered first.
    idle(async () => {
      await this.#measure();
      this.#readIndex();
    });
  }

  /** The host may have said something new of the disk. */
  #configured(): void {
    const before = this.#storage;
    const { disk, encrypt, bytes } = (this.#storage = believed(this.#hub.host.storage));
    const is = { off: disk === false, secret: encrypt === true };
    const was = { off: before.disk === false, secret: before.encrypt === true };
    this.#leaveNotes();
    if (is.off !== was.off) {
      const { store, opening } = { store: this.#store, opening: this.#opening };
      this.#store = null;
      this.#log.use(null, true);
      this.#opening = is.off ? Promise.resolve(null) : openDisk(this.#storage, () => this);
      // Nothing is found there from now on, and nothing is written.
      this.#tell("emptied");
      if (is.off) (store ? Promise.resolve(store) : opening).then(erase);
      this.#open({ tabs: this.#tabs, opening: this.#opening, meeting: Promise.resolve(false) });
    } else if (is.secret !== was.secret && !is.off) {
      this.#log.use(this.#store, is.secret);
      this.#tell("emptied");
      this.#opening.then((store) => store && reseal(store, is.secret)).then(() => this.#readIndex());
    } else if (bytes !== before.bytes && this.#store) this.#measure();
    this.#moved();
  }

  /** Another partition's rows count: of another epoch, if the host has not said that it is another person's page. */
  #moved(isPerson = 0): void {
    const before = this.#partition;
    this.#tell("identified", +this.#hasSpoken);
    if (before === this.#partition) return;
    this.#tell("changed", isPerson);
    this.#readIndex();
  }

  /** They are not sealed. */
  #leaveNotes(): void {
    const { disk, encrypt } = this.#storage;
    if (disk === false || encrypt) delete this.#hub.page.notes;
    else this.#hub.page.notes ??= this.#notes();
  }

  async #readIndex(): Promise<void> {
    const store = this.#store;
    const partition = this.#partition;
    if (!store || store !== this.#known) return;
    // Of the same person, and of nobody, what other tabs have in other epochs stays.
    this.#tabs.hold([this.#person + this.#partition, this.#nobody + this.#anonymous]);
    const held = await this.#tabs.held();
    const kept = held.filter((name) => name.startsWith(this.#person) || name.startsWith(this.#nobody)).map((name) => name.slice(64));
    if (partition !== this.#partition || store !== this.#store) return;
    kept.push(this.#anonymous, partition);
    if (this.#hasSpoken) await store.erasePartitions(kept.map(bytesOfHex));
    else await this.#eraseEpochs(store, kept);
    const isAll = await store.index(bytesOfHex(partition), (slice) => {
      if (partition !== this.#partition || store !== this.#store) return false;
      this.#tell("indexed", 0, slice.flatMap(({ key, m }) => [hexOf(key), m ? charactersOf(m) : ""]));
      if (slice.length) this.#mark();
      return true;
    });
    if (isAll && partition === this.#partition && store === this.#store) this.#tell("indexed");
  }

  /** Nobody's rows in epochs that no tab has any more. Whose the others are nobody can tell before the host has spoken. */
  async #eraseEpochs(store: Store, kept: readonly string[]): Promise<void> {
    const old: string[] = [];
    await store.update(NOBODYS, (before: unknown) => {
      const all = Array.isArray(before) ? before.filter((name) => typeof name === "string") : [];
      old.splice(0, Infinity, ...all.filter((name) => !kept.includes(name)));
      return [...new Set([...all.filter((name) => kept.includes(name)), this.#anonymous])];
    });
    if (old.length) await store.erase(old.map(bytesOfHex));
  }

  /** They lie where a partition is erased as a whole (see `Store.erasePartitions`). */
  #notes(): Notes {
    const person = () => (this.#hasSpoken && !this.#isDoubted && this.#partition !== this.#anonymous ? this.#partition : "");
    const at = (name: string) => [bytesOfHex(this.#partition), "note " + name];
    return {
      person,
      read: async (name) => {
        const store = await this.#opening;
        return person() ? store?.get(at(name)) : undefined;
      },
      write: (name, note) => void (person() && this.#store?.put(at(name), note)),
      changed: (listener) => void this.#changed.push(listener),
    };
  }

  #isAnothers(): void {
    for (const listener of this.#changed) listener();
  }

  #mark(): void {
    try {
      localStorage[MARK] = 1;
    } catch {
      // Not allowed to.
    }
  }

  // --- the way of one exchange ---------------------------------------------------------------------------------

  /** `go` sends it; `how` as the core says it to `send`. */
  through(go: (how: number, cache?: RequestCache) => Promise<Response>, how: number, flight: number, request: number, signal: AbortSignal): Promise<Response> {
    return new NativePromise((resolve, reject) => {
      this.#passages.set(flight, { request, go: (mustAsk, cache) => go(mustAsk ? how | MUST_ASK : how, cache), resolve, reject });
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        if (this.#passages.delete(flight)) this.#tell("ended", flight);
      });
      // Not while the core is giving orders.
      queueMicrotask(() => this.#passages.has(flight) && (this.#tell("sought", flight) || resolve(go(how))));
    });
  }

  /** The flight is over. */
  async #settled(flight: number, isWhole: boolean): Promise<void> {
    const passage = this.#passages.get(flight);
    if (!passage) return;
    // Rows get their numbers from the log.
    await this.#log.settled;
    this.#tell("settled", flight, [+isWhole]);
    if (passage.isGiven) this.#tell("given", flight, [passage.request, passage.key!]);
    this.#passages.delete(flight);
  }

  #identified(): void {
    const before = this.#partition;
    const wasDoubted = this.#isDoubted;
    const isNew = !this.#hasSpoken || wasDoubted;
    this.#hasSpoken = true;
    this.#isDoubted = false;
    this.#moved(1);
    this.#isAnothers();
    const isOther = before !== this.#partition;
    // What waits since the doubt was asked by whoever it was.
    if (!isOther && wasDoubted) this.#tell("changed", 1);
    // Also as its first word: the tabs that were there before may be another person's.
    if (isOther || isNew) this.#tabs.say({ is: "person", person: this.#person });
    // What is others' goes now.
    if (isNew && !isOther) this.#readIndex();
  }

  // --- other tabs ------------------------------------------------------------------------------------------------

  #heard(message: Message): void {
    const { me } = this.#tabs;
    switch (message.is) {
      case "doubt":
        // A tab without a core cannot write it into the log.
        if (message.isPlain) return void this.#hub.outdated(...message.doubt);
        this.#hub.doubt(...message.doubt);
        this.#tell("heard", 0, [message.tab, message.count]);
        break;
      case "log":
        this.#log.read();
        break;
      case "told":
        this.#tell("told", 0, [message.key, message.say]);
        break;
      case "answer":
        this.#offer = message;
        this.#tell("offered", 0, [message.key, ...message.words]);
        this.#offer = undefined;
        break;
      case "hello":
        this.#met(message.from);
        break;
      case "here":
        if (message.to === me) this.#tell("heard", 0, [message.from, message.count]);
        break;
      case "bye":
        this.#tabs.areAlone().then((isSo) => isSo && this.#tell("parted"));
        break;
      case "person":
        if (message.person !== this.#person && this.#hasSpoken) this.#doubted();
    }
  }

  /** Another tab is another person's. */
  #doubted(): void {
    this.#hub.doubtPerson();
    this.#tell("doubted");
    this.#tell("changed", 1);
    this.#isDoubted = true;
    this.#isAnothers();
    this.#hub.warn("identity-changed", "Another tab is another person's now: nothing stored is given out here until identify() is called.");
  }

  async #met(to: number): Promise<void> {
    this.#tell("met");
    // So that it finds the claims on what is in the air, and on disk what was answered before.
    await this.#claims.asked();
    await this.#store?.queue.flush();
    this.#tabs.say({ is: "here", from: this.#tabs.me, to, count: this.#count });
  }

  /** Nobody must wait for a page that sleeps; and what is said meanwhile it does not hear. */
  #sleep(): void {
    this.#isAsleep = true;
    this.#tell("sleeping");
    this.#tabs.leave();
  }

  #wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#hub.doubt("invalidate", [1, "*"]);
    // Of all that it has, and no word to the others.
    this.#tell("identified");
    this.#open(arrive(this.#tabs, this.#opening));
  }

  // --- what the core orders ----------------------------------------------------------------------------------------

  load: Carry = async (flight, _, key) => {
    const at = this.#at(key);
    const row = await this.#store?.load(...at);
    if (row === null) this.#store?.queue.erase(...at);
    const passage = this.#passages.get(flight);
    if (passage && row) Object.assign(passage, { row, key });
    this.#tell("loaded", flight, [row ? charactersOf(row.m) : ""]);
  };

  claim: Carry = (flight, _, key) => this.#claims.ask(flight, claimOn(key));
  queue: Carry = (flight, _, key) => {
    const passage = this.#passages.get(flight);
    if (passage) passage.hasWaited = true;
    this.#claims.queue(flight, claimOn(key));
  };
  seize: Carry = (flight, _, key) => this.#claims.seize(flight, claimOn(key));
  release: Carry = (flight) => this.#claims.release(flight);

  send: Carry = (flight, mustAsk) => {
    const passage = this.#passages.get(flight);
    passage?.go(mustAsk, passage.hasWaited ? "reload" : undefined).then(
      (response) => {
        // What lies on disk may stand in for it.
        if (response.status > 499) this.#tell("failed", flight, [response.status]);
        passage.resolve(response);
      },
      (error) => {
        this.#tell("failed", flight, [0]);
        passage.reject(error);
      },
    );
  };

  give: Carry = (flight, arrived) => {
    const passage = this.#passages.get(flight);
    if (!passage?.row) return;
    passage.isGiven = true;
    passage.resolve(responseOf(passage.row, arrived));
  };

  take: Carry = (flight) => {
    if (this.#offer) this.#passages.get(flight)?.resolve(responseOf(this.#offer, this.#offer.arrived));
  };

  fail: Carry = (flight, isPersons) => {
    const error = isPersons
      ? new ForebayError("identity-changed", "The person changed before it was sent.", { retryable: true })
      : new TypeError("Nothing is stored (only-if-cached).");
    this.#passages.get(flight)?.reject(error);
  };

  say: Carry = (_, what, key) => this.#tabs.say({ is: "told", key, say: what });

  body: Carry = (flight, body) => {
    const passage = this.#passages.get(flight);
    if (passage) passage.body = body;
  };

  offer: Carry = (flight, _, key, __, words) => {
    const exchange = this.#exchange(flight);
    // Of what was let go the beginning is missing.
    if (exchange && !exchange.lettingGo) this.#tabs.say({ is: "answer", key, words, arrived: exchange.arrived, ...answerOf(exchange) });
  };

  write: Carry = (flight, isUrgent, key, m) => {
    const exchange = this.#exchange(flight);
    const queue = this.#store?.queue;
    if (exchange && queue) {
      const [p, at] = this.#at(key);
      queue.put({ p, key: at, m: bytesOf(m), ...answerOf(exchange) });
      this.#mark();
    }
    if (isUrgent) Promise.resolve(queue?.flush()).then(() => this.#tell("written", flight));
  };

  erase: Carry = (_, __, key) => this.#store?.queue.erase(...this.#at(key));

  wakeAt: Carry = (_, at) => {
    clearTimeout(this.#timer);
    if (at >= 0) this.#timer = setTimeout(() => this.#tell("timePassed"), at - clock() + 1);
  };

  log: Carry = (count, _, __, scope) => this.#log.say(count, scope);

  partition: Carry = (_, __, people, partitions) => {
    [this.#person, this.#nobody] = halves(people);
    [this.#partition, this.#anonymous] = halves(partitions);
  };

  judgement: Carry = (age, freshFor, _, labels) => (this.#judgement = { age, freshFor, tags: labels ? labels.split("\n") : [] });

  /** Where this page's row for a fingerprint lies. */
  #at(key: string): [partition: ArrayBuffer, fingerprint: ArrayBuffer] {
    return [bytesOfHex(this.#partition), bytesOfHex(key)];
  }

  /** What the broker keeps of a flight; else what the flight brought. */
  #exchange(flight: number): Exchange | undefined {
    const { body, exchange } = this.#passages.get(flight) ?? {};
    return this.#hub.exchanges.get(body!) ?? exchange;
  }
}

/** Each is as long as a digest. */
const halves = (text: string): [string, string] => [text.slice(0, 64), text.slice(64)];

/** What was said of the disk. Another copy of the client may have let pass what is wrong: then nothing lies there. */
const believed = (storage: HostOptions["storage"]): Storage => (wrongIn(storage ?? {}) ? { disk: false } : merged({}, storage ?? {}));

const SEALED = "sealed";

/** Opens the disk; what was written there in another way than now goes. */
async function openDisk({ disk, encrypt }: Storage, depot: () => Depot | undefined): Promise<Store | null> {
  if (disk === false) return null;
  const store = await open({
    seal: encrypt ? encrypted : plain,
    onFull: (bytes: number) => depot()?.full(bytes),
    onLost: (reason: string) => depot()?.lost(reason) ?? console.warn(`Forebay keeps nothing on disk: ${reason}`),
  });
  if (store && !!(await store.get(SEALED)) !== !!encrypt) await reseal(store, !!encrypt);
  return store;
}

async function reseal(store: Store, isSecret: boolean): Promise<void> {
  await Promise.all([store.reseal(isSecret ? encrypted : plain), store.put(SEALED, isSecret)]);
}

/** Nothing is to lie on disk any more. */
async function erase(store: Store | null): Promise<void> {
  await store?.clear();
  forget();
}

function forget(): void {
  try {
    delete localStorage[MARK];
  } catch {
    // Not allowed to; then it is not there either.
  }
}

/**
 * Begins to open the database and to look for other tabs, while the core and its part for these are loaded; gives what puts
 * the depot in its place then. `me`: the page's number among the tabs.
 */
export function prepare(given: HostOptions["storage"], part: Promise<WebAssembly.Module>, me: number): (hub: Hub) => Promise<void> {
  const storage = believed(given);
  let depot: Depot | undefined;
  // Told to whoever installs it.
  part.catch(() => {});
  const opening = openDisk(storage, () => depot);
  const tabs = new Tabs(me);
  let arrival: Arrival | undefined = arrive(tabs, opening);
  const leave = () => {
    tabs.leave();
    arrival = undefined;
  };
  const timer = setTimeout(leave, LATEST_CORE_MS);
  return async (hub) => {
    await hub.extend(part).catch((error) => (leave(), Promise.reject(error)));
    clearTimeout(timer);
    depot = new Depot(hub, storage, arrival ?? arrive(tabs, opening));
    if (storage.disk === false && hub.page.warm) eraseWhatLies();
  };
}

/** Of pages that were allowed to keep something. */
function eraseWhatLies(): void {
  idle(async () => erase(await open()));
}
