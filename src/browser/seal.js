/**
 * Encryption at rest, for `open({ seal: encrypted })` of `store.js`: AES-GCM with one key for each partition, which no
 * script can read. The key lies among the named records, under the partition, and goes with it: what a deletion that was
 * broken off leaves behind cannot be read. Of an entry only fingerprint, partition and sizes are in the clear.
 *
 * Where the page's context is not secure browsers have no WebCrypto, and nothing is stored.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The three parts of an entry are encrypted under one random number, in which two bits tell them apart; it lies with the
 * metadata alone, so parts of different entries, or of different times, do not open together.
 */
const META = 0;
const HEAD = 1;
const BODY = 2;

/** @param {import("./store.js").Store} store @returns {import("./store.js").Seal} */
export function encrypted(store) {
  /** @type {Map<string, Promise<CryptoKey>>} */
  const keys = new Map();

  /** A partition's key. Of several tabs that make one the first wins. */
  async function makeKey(p) {
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return store.update([p], (key) => (key instanceof CryptoKey ? key : made));
  }

  async function crypt(how, [p, key], part, random, bytes) {
    const id = new Uint8Array(p).join();
    if (!keys.has(id)) keys.set(id, makeKey(p));
    const cipher = await keys.get(id);
    const iv = random.slice();
    iv[0] = (iv[0] & 252) | part;
    return crypto.subtle[how]({ name: "AES-GCM", iv, additionalData: key }, cipher, bytes);
  }

  const index = async (at, [random, m]) => new Uint8Array(await crypt("decrypt", at, META, random, m));

  return {
    async close({ p, key, m, h, b }) {
      const random = crypto.getRandomValues(new Uint8Array(12));
      const [meta, head, body] = await Promise.all(
        [m, encoder.encode(JSON.stringify(h)), b].map((bytes, part) => crypt("encrypt", [p, key], part, random, bytes)),
      );
      return { meta: [random, meta], body: { h: head, b: body } };
    },
    index,
    async open(at, meta, { h, b }) {
      const [random] = meta;
      const [m, head, body] = await Promise.all([
        index(at, meta),
        crypt("decrypt", at, HEAD, random, h),
        crypt("decrypt", at, BODY, random, b),
      ]);
      return { m, h: JSON.parse(decoder.decode(head)), b: body };
    },
  };
}
