// The server that page tests talk to: files, and answers that misbehave exactly as a test says.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const TYPES = {
  ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".json": "application/json",
  ".map": "application/json", ".mjs": "text/javascript", ".wasm": "application/wasm",
};

/**
 * What a route answers. Everything is optional; `{}` is an empty 200.
 *
 * @typedef {object} Answer
 * @property {number} [status]
 * @property {string} [statusText] default: the status's own
 * @property {string} [raw] in the place of all else: these very bytes, and the connection is closed
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json] sent as `application/json`
 * @property {string | Uint8Array} [body]
 * @property {(string | Uint8Array)[]} [chunks] sent one by one instead of a body
 * @property {number} [delay] milliseconds before the head
 * @property {number} [gap] milliseconds before each chunk
 * @property {"head" | "body"} [hang] `head`: nothing is ever sent. `body`: the body never ends
 * @property {number} [truncate] the connection is cut after so many bytes of a body whose whole length was announced
 */

/**
 * A request as it arrived.
 *
 * @typedef {object} Seen
 * @property {string} method
 * @property {string} path without the query
 * @property {string} search with its `?`, or empty
 * @property {Record<string, string>} headers
 * @property {string[]} names of the headers, as they came
 * @property {Buffer} body
 * @property {number} hit how many requests for this path have arrived, this one included
 * @property {boolean} aborted whether the client left before the answer was complete
 * @property {boolean} isOpen whether the answer is neither complete nor given up
 * @property {number} sent bytes of chunks that were handed to the connection, which takes them at the client's pace
 */

/**
 * Starts a server on a free port of 127.0.0.1. It serves the checkout's `pkg/` and `tests/` (and `files`:
 * URL prefix → directory), an empty page at `/blank.html`, and the routes that tests add.
 */
export async function startServer({ files = {} } = {}) {
  const directories = { "/pkg/": join(ROOT, "pkg"), "/tests/": join(ROOT, "tests"), ...files };
  /** @type {Map<string, Answer | ((seen: Seen) => Answer | Promise<Answer>)>} */
  const routes = new Map();
  /** @type {Seen[]} */
  const seen = [];

  const http = createServer((request, response) => {
    serve(request, response).catch((error) => {
      // A test's own route function threw: the test must see why, not only that a fetch failed.
      console.error(`test server: ${request.method} ${request.url}:`, error);
      response.destroy();
    });
  });

  async function serve(request, response) {
    const { pathname: path, search } = new URL(request.url, "http://server");
    const body = await buffer(request);
    const record = { method: request.method, path, search, headers: request.headers, names: request.rawHeaders.filter((_, at) => at % 2 === 0), body, hit: hits(path) + 1, aborted: false, isOpen: true, sent: 0 };
    seen.push(record);
    response.on("close", () => Object.assign(record, { aborted: !response.writableFinished, isOpen: false }));

    const route = routes.get(`${request.method} ${path}`) ?? routes.get(path) ?? longestPrefix(routes, path);
    const answer = typeof route === "function" ? await route(record) : route;
    if (answer?.raw !== undefined) return request.socket.end(answer.raw, "latin1");
    if (answer !== undefined) return send(response, answer, record);
    if (path === "/blank.html") return send(response, page(""));
    if (path === "/favicon.ico") return send(response, { status: 204 });
    return send(response, await file(directories, path));
  }

  const hits = (path) => seen.filter((record) => record.path === path).length;

  await new Promise((done, failed) => http.once("error", failed).listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${http.address().port}`;
  return {
    origin,
    /** The absolute URL of a path on this server. */
    url: (path) => new URL(path, origin).href,
    /** Answers `pattern` (a path, or one ending in `*`; with a method before it for that method only). */
    on(pattern, answer) { routes.set(pattern, answer); },
    /** Answers `path` with these very bytes, and closes the connection. */
    raw(path, text) { routes.set(path, { raw: text }); },
    /** Serves a page with this inside its body at `path`. */
    page(path, body) { routes.set(path, page(body)); },
    /** How many requests for `path` have arrived. */
    hits,
    /** The requests for `path`, or all, in their order. @returns {Seen[]} */
    requests: (path) => seen.filter((record) => path === undefined || record.path === path),
    /** Forgets routes and requests. */
    reset() { routes.clear(); seen.length = 0; },
    /** Cuts all connections and stops. */
    async close() {
      const closed = new Promise((done) => http.close(done));
      http.closeAllConnections();
      await closed;
    },
  };
}

/** @param {Answer} answer */
async function send(response, { status = 200, statusText, headers = {}, json, body = "", chunks, delay = 0, gap = 0, hang, truncate }, record = {}) {
  if (delay > 0) await sleep(delay);
  if (hang === "head" || response.destroyed) return;

  const whole = Buffer.from(json === undefined ? body : JSON.stringify(json));
  const plain = chunks === undefined && hang === undefined && status !== 204 && status !== 304;
  if (statusText !== undefined) response.statusMessage = statusText;
  response.writeHead(status, {
    ...(json === undefined ? {} : { "content-type": "application/json" }),
    ...(plain ? { "content-length": String(whole.length) } : {}),
    ...headers,
  });
  response.flushHeaders();

  if (truncate !== undefined) {
    response.write(whole.subarray(0, truncate), () => response.destroy());
    return;
  }
  for (const chunk of chunks ?? [whole]) {
    if (gap > 0) await sleep(gap);
    if (response.destroyed) return;
    if (chunk.length === 0) continue;
    record.sent += chunk.length;
    // What the client does not take is not written: what was sent says how far it has read.
    if (!response.write(chunk)) await Promise.race(["drain", "close"].map((name) => new Promise((done) => response.once(name, done))));
  }
  if (hang !== "body") response.end();
}

async function file(directories, path) {
  const prefix = Object.keys(directories).filter((start) => path.startsWith(start)).sort((a, b) => b.length - a.length)[0];
  if (prefix !== undefined) {
    const base = normalize(directories[prefix]);
    const target = normalize(join(base, decodeURIComponent(path.slice(prefix.length))));
    if (target.startsWith(base + sep)) {
      try {
        return { body: await readFile(target), headers: { "content-type": TYPES[extname(target)] ?? "application/octet-stream" } };
      } catch (error) {
        if (error.code !== "ENOENT" && error.code !== "EISDIR") throw error;
      }
    }
  }
  return { status: 404, body: `nothing at ${path}`, headers: { "content-type": "text/plain" } };
}

function page(body) {
  return { body: `<!doctype html><meta charset="utf-8"><title>test</title><body>${body}`, headers: { "content-type": TYPES[".html"] } };
}

function longestPrefix(routes, path) {
  let best;
  for (const [pattern, answer] of routes) {
    if (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)) && pattern.length > (best?.pattern.length ?? 0)) best = { pattern, answer };
  }
  return best?.answer;
}
