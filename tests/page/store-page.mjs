// What tests of the store use inside the page.
export { afresh, open } from "/browser/store.js";
export { encrypted } from "/browser/seal.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** 32 bytes that begin with a number. */
export function bytes(n, first = 0) {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint8(0, first);
  view.setUint32(1, n);
  return view.buffer;
}
export const part = (n) => bytes(n, 7);
export const numberOf = (buffer) => new DataView(buffer).getUint32(1);

/** An entry whose parts all say `n` and `word`. */
export function entry(n, { word = "first", p = part(1), size = 0 } = {}) {
  const body = encoder.encode(JSON.stringify({ n, word }).padEnd(size));
  return { p, key: bytes(n), m: encoder.encode(`meta ${n} ${word}`), h: head(n), b: body.buffer };
}

export function head(n) {
  const headers = [["content-type", "application/json"], ["x-n", String(n)]];
  return { status: 200, statusText: "OK", headers, url: `https://site.test/api/${n}`, redirected: false, type: "basic" };
}

/** What was loaded, as plain data. */
export function plainly(loaded) {
  return loaded && { m: decoder.decode(loaded.m), h: loaded.h, b: JSON.parse(decoder.decode(loaded.b)) };
}

/** What all loads of `numbers` give: "n word", or `null` (corrupt), or `undefined` as "nothing". */
export async function words(store, numbers, p = part(1)) {
  const loaded = await Promise.all(numbers.map((n) => store.load(p, bytes(n))));
  return loaded.map((one) => (one ? `${plainly(one).b.n} ${plainly(one).b.word}` : one === null ? null : "nothing"));
}

/** A second connection, past the store: as foreign code would have it. */
export function raw(name = "forebay") {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Carries `work(meta, bodies, state)` out over a second connection, and gives the result of the request it returns. */
export async function behind(work, name) {
  const db = await raw(name);
  try {
    return await new Promise((resolve, reject) => {
      const names = ["meta", "bodies", "state"];
      const change = db.transaction(names, "readwrite");
      const request = work(...names.map((store) => change.objectStore(store)));
      change.oncomplete = () => resolve(request?.result);
      change.onabort = () => reject(change.error ?? new Error("aborted"));
    });
  } finally {
    db.close();
  }
}

/** How many rows there are: of metadata, of bodies, named records and keys. */
export async function counts(name) {
  const count = (at) => behind((...stores) => stores[at].count(), name);
  return [await count(0), await count(1), await count(2)];
}

/** Counts the calls of an object store's method from now on, by store. */
export function counting(method) {
  const counted = {};
  const original = IDBObjectStore.prototype[method];
  IDBObjectStore.prototype[method] = function (...args) {
    counted[this.name] = (counted[this.name] ?? 0) + 1;
    return original.apply(this, args);
  };
  return counted;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
