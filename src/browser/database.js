/**
 * One connection to an IndexedDB database, and transactions that end well or say why not. Nothing here throws or rejects.
 */

/** How long another tab may hold an older database open. */
const BLOCKED_MS = 3000;

/** What has closed a connection may still be at work, and break off an attempt to open the next. */
const REOPENED_AFTER_MS = 500;

/**
 * Carries out `work` in a transaction over object stores; once more when the browser broke it off, unless a later change
 * has come between.
 * @callback Run
 * @param {string[]} names
 * @param {IDBTransactionMode} mode
 * @param {(...stores: IDBObjectStore[]) => () => any} work places requests; what it returns is called when all is committed
 * @param {string} [full] the answer when the disk is full
 * @returns {Promise<any>} what `work`'s function gave; `undefined` if nothing was carried out
 */

/**
 * Connects, and brings the database up to date.
 * @param {string} name
 * @param {((db: IDBDatabase, change: IDBTransaction) => void)[]} steps the schema: each makes a version from the one
 *   before, the first from nothing
 * @param {(reason: string) => void} onLost is told once why there is no database (any more)
 * @returns {Promise<Run | undefined>} `undefined` where no database is to be had
 */
export async function connect(name, steps, onLost) {
  /** @type {IDBDatabase | undefined} */ let current;
  /** @type {Promise<IDBDatabase | undefined>} */ let opening;
  let isReopened = false;
  let isLost = false;
  let turns = 0;

  const reopen = (delay) => {
    current?.close();
    current = undefined;
    opening = open(name, steps, delay).then(
      (db) => {
        db.onversionchange = () => lose("another tab changes the database");
        db.onclose = () => closed(db);
        return (current = db);
      },
      (error) => lose(`the database cannot be opened (${error?.name})`),
    );
  };

  /** The browser has closed a connection: once, another is opened. */
  const closed = (db) => {
    if (db !== current) return;
    if (isReopened) lose("the browser closes the database");
    else reopen(REOPENED_AFTER_MS);
    isReopened = true;
  };

  const lose = (reason) => {
    current?.close();
    current = opening = undefined;
    if (!isLost) onLost(`Only memory is used: ${reason}.`);
    isLost = true;
  };

  const run = async (names, mode, work, full) => {
    let failures = 0;
    for (;;) {
      const db = await opening;
      if (!db) return;
      const turn = mode === "readonly" ? turns : ++turns;
      try {
        return await transact(db, names, mode, work);
      } catch (error) {
        const why = error?.name;
        if (why === "QuotaExceededError") return full;
        // That the connection was closed is known before the event.
        if (why === "InvalidStateError") closed(db);
        else if (failures++ || (turn !== turns && mode !== "readonly")) lose(`transactions fail (${why})`);
      }
    }
  };

  reopen(0);
  return (await opening) && run;
}

async function open(name, steps, delay) {
  if (delay) await new Promise((resolve) => setTimeout(resolve, delay));
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, steps.length);
    let timer;
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const step of steps.slice(oldVersion)) step(request.result, request.transaction);
    };
    request.onblocked = () => {
      timer = setTimeout(() => {
        // A connection that nobody waits for any more must not block others.
        request.onsuccess = () => request.result.close();
        reject({ name: "another tab holds an older one open" });
      }, BLOCKED_MS);
    };
    request.onsuccess = () => {
      clearTimeout(timer);
      resolve(request.result);
    };
    request.onerror = (event) => {
      event.preventDefault();
      reject(request.error);
    };
  });
}

function transact(db, names, mode, work) {
  return new Promise((resolve, reject) => {
    // What is stored may be lost with the power, but not the count of what was invalidated in it.
    const durability = names.includes("state") ? "strict" : "relaxed";
    const change = db.transaction(names, mode, { durability });
    change.onabort = () => reject(change.error);
    try {
      const result = work(...names.map((name) => change.objectStore(name)));
      change.oncomplete = () => resolve(result());
    } catch (error) {
      reject(error);
      change.abort();
    }
  });
}
