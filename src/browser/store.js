/**
 * What outlives the page: one IndexedDB database for an origin, filled behind the page's back. It decides nothing: what
 * is written and what is erased is said by the core, whose metadata it does not read.
 *
 * Rows lie under `[partition, fingerprint]`. So a partition is one range of keys: reading its index and erasing all others
 * need neither a second index nor a walk. No call throws or rejects: whatever fails ends in memory only, with one reason.
 */
import { connect } from "./database.js";
import { calm, makeQueue, text } from "./queue.js";

/**
 * @typedef {{ status: number, statusText: string, headers: [string, string][], url: string, redirected: boolean, type: string }} Head
 * @typedef {{ p: ArrayBuffer, key: ArrayBuffer, m: Uint8Array, h: Head, b: ArrayBuffer }} Entry to be written. `m` is some
 *   kilobytes at most, and all of its buffer (else all of that is stored). Nothing of it may change until it is written.
 * @typedef {{ p: ArrayBuffer, key: ArrayBuffer }} Erasure
 * @typedef {{ key: ArrayBuffer, m?: Uint8Array }} Indexed without `m` the row is corrupt, and is to be erased
 * @typedef {"done" | "full" | "lost"} Outcome
 * @typedef {[ArrayBuffer, ArrayBuffer]} Place partition and fingerprint
 */

/**
 * What is stored of an entry, once it `isClosed`; without `body` what is stored is to be erased.
 * @typedef {object} Row
 * @property {string} id
 * @property {Place} at
 * @property {number} epoch
 * @property {number} bytes of the body
 * @property {Promise<unknown>} closing
 * @property {boolean} isClosed
 * @property {boolean} [isTaken] it is being written
 * @property {unknown} [meta]
 * @property {unknown} [body]
 */

/**
 * How rows are closed when they are written, and opened. Each throws at what it cannot do.
 * @typedef {object} Seal
 * @property {(entry: Entry) => Promise<{ meta: unknown, body: unknown }>} close
 * @property {(at: Place, meta: any) => Promise<Uint8Array>} index opens the metadata alone
 * @property {(at: Place, meta: any, body: any) => Promise<{ m: Uint8Array, h: Head, b: ArrayBuffer }>} open
 */

const ROWS = ["meta", "bodies"];
const STORES = [...ROWS, "state"];

/** When Firefox has found the disk full, nothing can be put in the next transaction: it is for erasing. */
const FULL = { name: "QuotaExceededError" };

/**
 * The index is read in slices: so many rows at first, when nothing of what reads them has run yet, and then twice or half
 * as many, by the time that the last took.
 */
const FIRST_SLICE = 8;
const LARGEST_SLICE = 48;
const SHORT_MS = 0.7;
const LONG_MS = 1.5;

/** Makes the object stores anew: the step to a version of the schema that cannot read what is older. */
export function afresh(db) {
  for (const name of [...db.objectStoreNames]) db.deleteObjectStore(name);
  for (const name of STORES) db.createObjectStore(name);
}

/** The schema. Each step makes a version from the one before, the first from nothing. */
const STEPS = [afresh];

/**
 * Opens the database, and brings it up to date.
 * @param {object} [options]
 * @param {string} [options.name] of the database
 * @param {(reason: string) => void} [options.onLost] is told once why there is no database (any more)
 * @param {(bytes: number) => void} [options.onFull] the disk is full, and the queue will try once more to write so many
 *   bytes: the time to erase others by `queue.erase`. 0: in vain, and from now on the queue only erases.
 * @param {(store: Store) => Seal} [options.seal] `plain`, or `encrypted` of `seal.js`
 * @param {((db: IDBDatabase, change: IDBTransaction) => void)[]} [options.steps] the schema
 * @returns {Promise<Store | null>} `null` where none is to be had
 */
export async function open({ name = "forebay", onLost = () => {}, onFull = () => {}, seal = plain, steps = STEPS } = {}) {
  const run = await connect(name, steps, onLost);
  return run ? new Store(run, seal, onFull) : null;
}

export class Store {
  /** @type {import("./database.js").Run} */ #run;
  #makeSeal;
  /** @type {Seal} */ #seal;
  /** What was closed before partitions were erased must not come after that. */
  #epoch = 0;

  constructor(run, seal, onFull) {
    this.#run = run;
    this.#makeSeal = seal;
    this.#seal = seal(this);
    /** Writes behind. */
    this.queue = makeQueue((entry) => this.#row(entry), (rows) => this.#commit(rows), onFull);
  }

  /**
   * Reads the metadata of a partition, slice by slice.
   * @param {ArrayBuffer} p
   * @param {(slice: Indexed[]) => unknown} onSlice ends the reading by returning `false`
   * @returns {Promise<boolean>} whether all was read
   */
  async index(p, onSlice) {
    let after = [p, new ArrayBuffer(0)];
    for (let size = FIRST_SLICE; ;) {
      const range = IDBKeyRange.bound(after, [p, []], true, true);
      const found = await this.#run(["meta"], "readonly", (meta) => results([meta.getAllKeys(range, size), meta.getAll(range, size)]));
      if (!found) return false;
      const [places, metas] = found;
      const opened = await Promise.allSettled(places.map((at, n) => this.#seal.index(at, metas[n])));
      const slice = opened.map(({ value }, n) => ({ key: places[n][1], m: value instanceof Uint8Array ? value : undefined }));
      const began = performance.now();
      if (onSlice(slice) === false) return false;
      if (slice.length < size) return true;
      after = places.at(-1);
      const took = performance.now() - began;
      if (took < SHORT_MS) size = Math.min(size * 2, LARGEST_SLICE);
      else if (took > LONG_MS) size = Math.max(size >> 1, FIRST_SLICE);
      await calm();
    }
  }

  /**
   * @param {ArrayBuffer} p
   * @param {ArrayBuffer} key
   * @returns {Promise<{ m: Uint8Array, h: Head, b: ArrayBuffer } | undefined | null>} `undefined`: there is none. `null`:
   *   it is corrupt, and is to be erased.
   */
  async load(p, key) {
    const at = [p, key];
    const found = await this.#run(ROWS, "readonly", (...stores) => {
      const requests = stores.map((store) => store.get(at));
      // A record that the browser cannot read concerns this entry only.
      for (const request of requests) request.onerror = (event) => (event.preventDefault(), event.stopPropagation());
      return results(requests);
    });
    if (!found?.some((record) => record !== undefined)) return undefined;
    try {
      const entry = await this.#seal.open(at, ...found);
      // What no `Response` can be made of would fail later, in somebody's hands.
      new Response(null, entry.h);
      return entry.m instanceof Uint8Array && entry.b instanceof ArrayBuffer ? entry : null;
    } catch {
      return null;
    }
  }

  /**
   * Writes and erases all of a batch or nothing. An entry that cannot be stored is erased instead.
   * @param {(Entry | Erasure)[]} batch
   * @returns {Promise<Outcome>} "full": make room and try again
   */
  async write(batch) {
    const rows = batch.map((entry) => this.#row(entry));
    await Promise.all(rows.map(({ closing }) => closing));
    return this.#commit(rows);
  }

  /**
   * Erases what belongs to other partitions than these, the keys of their seals included, in one transaction. Named
   * records stay.
   * @param {ArrayBuffer[]} keep
   * @returns {Promise<Outcome>}
   */
  async erasePartitions(keep) {
    this.#epoch += 1;
    this.#seal = this.#makeSeal(this);
    this.queue.retain(keep, this.#epoch);
    const ranges = [];
    let from = [];
    for (const p of [...keep].sort((a, b) => indexedDB.cmp(a, b))) {
      if (indexedDB.cmp(from, [p]) < 0) ranges.push(IDBKeyRange.bound(from, [p], true, true));
      from = [p, []];
    }
    ranges.push(IDBKeyRange.lowerBound(from, true));
    return this.#change(STORES, (...stores) => {
      for (const store of stores) for (const range of ranges) store.delete(range);
    });
  }

  /** Erases all partitions. Named records stay. */
  clear() {
    return this.erasePartitions([]);
  }

  /**
   * Erases some partitions.
   * @param {ArrayBuffer[]} partitions
   * @returns {Promise<Outcome>}
   */
  erase(partitions) {
    return this.#change(STORES, (...stores) => {
      for (const store of stores) for (const p of partitions) store.delete(IDBKeyRange.bound([p], [p, []], false, true));
    });
  }

  /**
   * From now on rows are closed in another way. What lies there goes, and what is on its way there too.
   * @param {(store: Store) => Seal} seal
   * @returns {Promise<Outcome>}
   */
  reseal(seal) {
    this.#makeSeal = seal;
    return this.clear();
  }

  /** Reads a small named record; `undefined` if there is none, or no database. */
  get(name) {
    return this.#run(["state"], "readonly", (state) => results([state.get(name)])).then((found) => found?.[0]);
  }

  /** Writes a small named record: at once, so that a page that has to go can still do it. */
  put(name, value) {
    return this.#run(["state"], "readwrite", (state) => {
      let now;
      try {
        state.put(value, name);
        now = value;
        state.transaction.commit();
      } catch (error) {
        // Else it stays as it was.
        if (error.name === "InvalidStateError") state.transaction.abort();
      }
      return () => now;
    });
  }

  /**
   * Changes a small named record; no other tab comes between. `fn` is called again if the browser broke the change off.
   * @param {IDBValidKey} name
   * @param {(old: any) => any} fn
   * @returns {Promise<any>} what is stored now; `undefined` if that cannot be told
   */
  update(name, fn) {
    return this.#run(["state"], "readwrite", (state) => {
      const request = state.get(name);
      let now;
      request.onsuccess = () => {
        now = request.result;
        try {
          const next = fn(now);
          state.put(next, name);
          now = next;
        } catch (error) {
          // Else it stays as it was.
          if (error.name === "InvalidStateError") state.transaction.abort();
        }
      };
      return () => now;
    });
  }

  /** @returns {Row} */
  #row(entry) {
    const { p, key, b } = entry;
    const row = { id: text(p) + text(key), at: [p, key], epoch: this.#epoch, bytes: b?.byteLength ?? 0, isClosed: !b };
    // At once, so that a page that has to go finds its entries ready to be written.
    const closing = b ? this.#seal.close(entry) : Promise.resolve();
    // What cannot be closed has no body, as what is to be erased.
    row.closing = closing.catch(() => {}).then((closed) => Object.assign(row, closed, { isClosed: true }));
    return row;
  }

  /** @param {Row[]} rows @returns {Promise<Outcome>} */
  async #commit(rows) {
    if (!rows.length) return "done";
    return this.#change(ROWS, (meta, bodies) => {
      const erase = (at) => (meta.delete(at), bodies.delete(at));
      for (const { at, epoch, meta: m, body } of rows) {
        if (!body || epoch !== this.#epoch) {
          erase(at);
          continue;
        }
        try {
          bodies.put(body, at);
          meta.put(m, at);
        } catch (error) {
          if (error.name === "InvalidStateError") throw FULL;
          // It cannot be cloned.
          erase(at);
        }
      }
    });
  }

  async #change(names, work) {
    const change = (...stores) => {
      work(...stores);
      // Without waiting for answers to the requests, which a page that is being closed would not live to hear.
      stores[0].transaction.commit();
      return () => "done";
    };
    return (await this.#run(names, "readwrite", change, "full")) ?? "lost";
  }
}

const results = (requests) => () => requests.map(({ result }) => result);

const encoder = new TextEncoder();

/** Rows with a digest over all that is in them, so that those that others changed or mixed are found out. @returns {Seal} */
export const plain = () => ({
  close: async ({ key, m, h, b }) => ({ meta: m, body: { h, b, d: await digest(key, m, h, b) } }),
  index: async (_, m) => m,
  async open([, key], m, { h, b, d }) {
    const now = await digest(key, m, h, b);
    if (now && indexedDB.cmp(now, d)) throw d;
    return { m, h, b };
  },
});

/** Of an entry; `undefined` where the page's context is not secure and browsers compute none. */
async function digest(key, m, h, b) {
  const { subtle } = crypto;
  const hash = (bytes) => subtle.digest("SHA-256", bytes);
  // The JSON shows by itself where it ends; the key and the inner digest are as long as they always are.
  return subtle && hash(encoder.encode(JSON.stringify(h) + text(key) + text(await hash(b)) + text(m)));
}
