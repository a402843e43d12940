/**
 * Texts that name what people look at, and that lie on disk after these people have gone: sealed with a key of the origin
 * that no script can read.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Among the named records. */
const KEY = "log key";

/** @typedef {[random: Uint8Array, sealed: ArrayBuffer]} Sealed */

/** @param {import("./store.js").Store} store */
export function secret(store) {
  /** @type {Promise<CryptoKey | undefined> | undefined} */ let key;

  /** Of several tabs that make one the first wins. `undefined`: browsers make none where a page's context is not secure. */
  const make = async () => {
    const made = await crypto.subtle?.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    const kept = made && await store.update(KEY, (key) => (key instanceof CryptoKey ? key : made));
    return kept instanceof CryptoKey ? kept : undefined;
  };
  const find = () => (key ??= make().catch(() => undefined));

  return {
    /** @param {string} text @returns {Promise<Sealed | undefined>} `undefined`: it cannot be sealed */
    async close(text) {
      const cipher = await find();
      if (!cipher) return;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return [iv, await crypto.subtle.encrypt({ name: "AES-GCM", iv }, cipher, encoder.encode(text))];
    },
    /** @param {Sealed} sealed @returns {Promise<string | undefined>} `undefined`: no tab of this origin has sealed it so */
    async open([iv, bytes]) {
      try {
        return decoder.decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await find(), bytes));
      } catch {
        return undefined;
      }
    },
  };
}
