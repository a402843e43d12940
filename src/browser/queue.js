/**
 * Entries on their way to the database: written in batches, when nobody is interacting.
 */

/** Placing the requests for so many entries or bytes stays well below 5 ms. */
const BATCH_ENTRIES = 32;
const BATCH_BYTES = 1 << 20;

/** Longer than this, writing does not wait for an idle moment; and so long where browsers do not tell of one. */
const IDLE_MS = 1000;
const PAUSE_MS = 200;

/**
 * @typedef {import("./store.js").Entry} Entry
 * @typedef {import("./store.js").Erasure} Erasure
 * @typedef {import("./store.js").Row} Row
 * @typedef {import("./store.js").Outcome} Outcome
 */

/**
 * @typedef {object} Queue
 * @property {(entry: Entry | Erasure) => void} put writes an entry or erases one, soon; in place of what was to be done
 *   about its key
 * @property {(p: ArrayBuffer, key: ArrayBuffer) => void} erase
 * @property {() => Promise<Outcome>} flush writes now what was put so far. "full": entries are erased instead of being
 *   written, from some time on
 * @property {(keep: ArrayBuffer[], epoch: number) => void} retain lets what is to be written of these partitions belong to a
 *   new epoch; the rest will be erased
 */

/**
 * @param {(entry: Entry | Erasure) => Row} makeRow
 * @param {(rows: Row[]) => Promise<Outcome>} commit
 * @param {(bytes: number) => void} onFull
 * @returns {Queue}
 */
export function makeQueue(makeRow, commit, onFull) {
  /** The newest word about each key, until it is written. @type {Map<string, Row>} */
  const newest = new Map();
  /** "full": from now on it only erases. "lost": nothing more is done. @type {Outcome} */
  let outcome = "done";
  let isScheduled = false;
  /** What goes on. @type {Promise<unknown>} */
  let writing = Promise.resolve();

  const isNewest = (row) => newest.get(row.id) === row;
  const all = () => [...newest.values()];

  const put = (entry) => {
    if (outcome === "lost") return;
    const row = makeRow(entry);
    newest.set(row.id, row);
    row.closing.then(schedule);
  };

  const schedule = () => {
    if (isScheduled || !all().some(isWaiting)) return;
    isScheduled = true;
    idle(async () => {
      await calm();
      await step();
      isScheduled = false;
      schedule();
    });
  };

  /** Writes one batch, after what is being written. */
  const step = () => (writing = writing.then(() => write(take())));

  /** Writes all that can be at once, without waiting for anything: the page may be about to go. */
  const hurry = () => (writing = Promise.all([writing, write(all().filter(isWaiting))]));

  const take = () => {
    let bytes = 0;
    const isWithin = (row, n) => n < BATCH_ENTRIES && ((bytes += row.bytes) <= BATCH_BYTES || !n);
    return all().filter(isWaiting).filter(isWithin);
  };

  const write = async (batch) => {
    if ((await store(batch)) !== "full") return;
    onFull(batch.reduce((sum, { bytes }) => sum + bytes, 0));
    // By themselves: what a transaction erases makes no room for what it writes.
    await store(all().filter((row) => isWaiting(row) && !row.body));
    if ((await store(batch)) !== "full") return;
    outcome = "full";
    onFull(0);
    await store(batch);
  };

  /** Stores those of a batch that are still the newest word about their keys. */
  const store = async (batch) => {
    const rows = batch.filter(isNewest);
    for (const row of rows) {
      row.isTaken = true;
      // Where there is no room, what is older on the disk goes as well.
      if (outcome === "full") row.body = undefined;
    }
    const how = await commit(rows);
    if (how === "full") return how;
    if (how === "lost") outcome = how;
    for (const row of rows.filter(isNewest)) newest.delete(row.id);
  };

  for (const event of ["pagehide", "visibilitychange"]) {
    addEventListener(event, () => (event === "pagehide" || document.hidden) && hurry());
  }

  return {
    put,
    erase: (p, key) => put({ p, key }),
    async flush() {
      const asked = all();
      await Promise.all(asked.map(({ closing }) => closing));
      while (asked.some(isNewest)) await step();
      return outcome;
    },
    retain(keep, epoch) {
      const kept = new Set(keep.map(text));
      for (const row of all()) if (kept.has(text(row.at[0]))) row.epoch = epoch;
    },
  };
}

const isWaiting = ({ isClosed, isTaken }) => isClosed && !isTaken;

/** Bytes as what a `Map` can tell apart. */
export const text = (bytes) => String.fromCharCode(...new Uint8Array(bytes));

/** Calls this when nobody is interacting, or after a while. */
export const idle = (work) => (globalThis.requestIdleCallback ? requestIdleCallback(work, { timeout: IDLE_MS }) : setTimeout(work, PAUSE_MS));

/** Waits while the browser has input to deliver. */
export async function calm() {
  while (navigator.scheduling?.isInputPending?.()) await new Promise((resolve) => setTimeout(resolve));
}
