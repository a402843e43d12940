// The delivered runtime with its core, in Node: all but the network is what a page would have.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../../../pkg/", import.meta.url);
const ENDPOINT = "https://page.test/graphql";

globalThis.location = new URL("https://page.test/");
globalThis.document = { baseURI: "https://page.test/", addEventListener() {} };
globalThis.addEventListener = () => {};
// Worlds are not tabs of one another.
globalThis.BroadcastChannel = undefined;
globalThis.navigator ??= {};
globalThis[Symbol.for("forebay")] = { v1: {} };

/** Where the page's requests go now: from the operation to a response. */
let serve;
globalThis.fetch = async (url, init) => {
  if (String(url).startsWith("file:")) return new Response(readFileSync(fileURLToPath(url)));
  if (url !== ENDPOINT) throw new Error(`the page asked for ${url}`);
  return serve(JSON.parse(init.body), init.signal);
};

const { start } = await import(new URL("runtime.js", PACKAGE));

/** A page's broker over a network of its own, one after the other: `connect(app)`. */
export async function page(host, network) {
  serve = network;
  return start({ host: { ...host, graphql: { endpoint: ENDPOINT }, storage: { disk: false } }, early: new Map(), todo: [], turns: new Set() });
}
