// The answers that the table's rows are given, by name: as a server says them, and as bytes on the connection.
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";

const TEXT = "some text, ünd more";
const zipped = (encoding, body, more = {}) => ({ body, headers: { "content-type": "text/plain", "content-encoding": encoding, ...more } });

/** By name: what `server.on` takes. */
export const ANSWERS = {
  text: { body: TEXT, headers: { "content-type": "text/plain; charset=utf-8", "x-mine": "1", "set-cookie": "a=b" } },
  json: { json: { a: [1, { b: null }] }, headers: { "x-mine": "1" } },
  form: { body: "a=1&b=2", headers: { "content-type": "application/x-www-form-urlencoded", "x-mine": "1" } },
  empty: { body: "" },
  bom: { body: "\ufeff[1]", headers: { "content-type": "application/json" } },
  "not utf-8": { body: Buffer.from([0x61, 0xff, 0xfe, 0x62]), headers: { "content-type": "text/plain; charset=iso-8859-1" } },
  "utf-16": { body: Buffer.from("\ufefftext", "utf16le"), headers: { "content-type": "text/plain; charset=utf-16" } },
  large: { body: "x".repeat(3 << 20) },
  "larger than is kept": { body: "x".repeat(6 << 20), headers: { "cache-control": "max-age=60" } },
  chunks: { chunks: ["one ", "two ", "three"] },
  gzip: zipped("gzip", gzipSync(TEXT)),
  deflate: zipped("deflate", deflateSync(TEXT)),
  br: zipped("br", brotliCompressSync(TEXT)),
  "gzip that is none": zipped("gzip", TEXT),
  "gzip cut off": zipped("gzip", gzipSync("x".repeat(1 << 16)).subarray(0, 40)),
  "an unknown encoding": zipped("x-odd", TEXT),
  fresh: { body: TEXT, headers: { "cache-control": "max-age=60", etag: '"1"' } },
  "not to be kept": { body: TEXT, headers: { "cache-control": "no-store" } },
  "varies on all": { body: TEXT, headers: { vary: "*" } },
  "many fields": { body: TEXT, headers: Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x-${at}`, String(at)])) },
  "cut before its end": { body: TEXT, truncate: 5 },
  "events": { chunks: ["data: 1\n\n"], headers: { "content-type": "text/event-stream" } },
};
for (const status of [200, 201, 202, 203, 204, 205, 206, 207, 226, 300, 304, 305, 306, 399, 400, 401, 402, 404, 405, 406, 410, 415, 418, 422, 451, 500, 501, 505, 599])
  ANSWERS[status] ??= { status, body: [204, 205, 304].includes(status) ? "" : String(status), headers: { "x-mine": "1" } };
for (const status of [301, 302, 303, 307, 308]) {
  ANSWERS[`${status} to text`] = { status, headers: { location: "/api/answer/text" } };
  ANSWERS[`${status} without a place`] = { status, body: "nowhere" };
}
Object.assign(ANSWERS, {
  "302 to itself": ({ path }) => ({ status: 302, headers: { location: path } }),
  "302 to no URL": { status: 302, headers: { location: "http://[" } },
  "302 to another scheme": { status: 302, headers: { location: "data:text/plain,a" } },
  "302 to another origin that does not let": ({ headers }) => ({ status: 302, headers: { location: `http://localhost:${headers.host.split(":")[1]}/api/echo` } }),
  "302 to another origin that lets": ({ headers }) => ({ status: 302, headers: { location: `http://localhost:${headers.host.split(":")[1]}/api/open` } }),
  "302 with a fragment": { status: 302, headers: { location: "/api/answer/text#part" } },
});

const ok = (rest) => `HTTP/1.1 200 OK\r\nconnection: close\r\n${rest}`;
/** By name: the bytes, each character one. */
export const BYTES = {
  "status 103, then 200": `HTTP/1.1 103 Early Hints\r\n\r\n${ok("content-length: 1\r\n\r\na")}`,
  "status 199": "HTTP/1.1 199 Low\r\ncontent-length: 1\r\n\r\na",
  "status 600": "HTTP/1.1 600 High\r\ncontent-length: 1\r\n\r\na",
  "status 999": "HTTP/1.1 999 Odd\r\ncontent-length: 1\r\n\r\na",
  "status 1000": "HTTP/1.1 1000 Odd\r\ncontent-length: 1\r\n\r\na",
  "status 0": "HTTP/1.1 0 Zero\r\ncontent-length: 1\r\n\r\na",
  "no reason": "HTTP/1.1 200\r\ncontent-length: 1\r\n\r\na",
  "an empty reason": "HTTP/1.1 200 \r\ncontent-length: 1\r\n\r\na",
  "a long reason": `HTTP/1.1 200 ${"long ".repeat(100)}\r\ncontent-length: 1\r\n\r\na`,
  "a reason in latin-1": "HTTP/1.1 200 caf\xe9\r\ncontent-length: 1\r\n\r\na",
  "a reason in utf-8": "HTTP/1.1 200 caf\xc3\xa9\r\ncontent-length: 1\r\n\r\na",
  "a reason with a tab": "HTTP/1.1 200 a\tb\r\ncontent-length: 1\r\n\r\na",
  ...Object.fromEntries([0x01, 0x07, 0x0b, 0x1b, 0x7f, 0x00].map((code) => [`a reason with \\x${code.toString(16).padStart(2, "0")}`, `HTTP/1.1 200 a${String.fromCharCode(code)}b\r\ncontent-length: 1\r\n\r\na`])),
  ...Object.fromEntries([0x01, 0x07, 0x0b, 0x1b, 0x7f, 0x00, 0x80, 0xe9].map((code) => [`a field with \\x${code.toString(16).padStart(2, "0")}`, ok(`content-length: 1\r\nx-a: a${String.fromCharCode(code)}b\r\n\r\na`)])),
  "a field twice": ok("content-length: 1\r\nx-a: 1\r\nx-a: 2\r\n\r\na"),
  "a field without a value": ok("content-length: 1\r\nx-a:\r\n\r\na"),
  "a field with a space in its name": ok("content-length: 1\r\nx a: 1\r\n\r\na"),
  "a field with an odd name": ok("content-length: 1\r\nx(a): 1\r\n\r\na"),
  "a field without a name": ok("content-length: 1\r\n: 1\r\n\r\na"),
  "a folded field": ok("content-length: 1\r\nx-a: 1\r\n 2\r\n\r\na"),
  "two lengths": ok("content-length: 1\r\ncontent-length: 2\r\n\r\na"),
  "a length that is too long": ok("content-length: 9\r\n\r\na"),
  "a length that is too short": ok("content-length: 1\r\n\r\nabc"),
  "no length": ok("\r\nabc"),
  "chunked, cut off": ok("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
  "chunked, broken": ok("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"),
  "chunked, whole": ok("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
  "nothing": "",
  "half a head": "HTTP/1.1 200 OK\r\nx-a:",
  "no HTTP": "hello\r\n\r\n",
  "HTTP/1.0": "HTTP/1.0 200 OK\r\n\r\nabc",
  "204 with a length": "HTTP/1.1 204 None\r\ncontent-length: 0\r\nx-mine: 1\r\n\r\n",
  "401 that asks who is there": "HTTP/1.1 401 Who\r\ncontent-length: 1\r\nwww-authenticate: Bearer\r\n\r\na",
  "429": "HTTP/1.1 429 Slow\r\ncontent-length: 1\r\nretry-after: 100\r\n\r\na",
  "503": "HTTP/1.1 503 Busy\r\ncontent-length: 1\r\nretry-after: 100\r\n\r\na",
};

/** Routes of all that rows ask for. */
export function serve(server) {
  const open = (headers) => ({
    "access-control-allow-origin": headers.origin ?? "*", "access-control-allow-credentials": "true", "access-control-allow-headers": "x-a",
    "access-control-expose-headers": "x-mine", vary: "origin",
  });
  const told = /^(user-agent|host|connection|accept-encoding|accept-language|te|pragma)$/;
  const echo = ({ method, headers, body }) => ({
    json: { method, headers: Object.entries(headers).filter(([name]) => !told.test(name)).map(([name, value]) => `${name}: ${value.replace(/\?[no]\w+$/, "")}`).sort(), body: body.toString("latin1") },
    headers: { "x-mine": "1" },
  });
  server.on("/api/echo", echo);
  server.on("/api/other", { json: "another" });
  server.on("/api/to/echo", ({ search }) => ({ status: 302, headers: { location: "/api/echo" + search } }));
  // For what forbids other origins: a redirect to one that lets.
  server.on("/api/away", ({ search, headers }) => ({ status: 302, headers: { location: `http://localhost:${headers.host.split(":")[1]}/api/open${search}` } }));
  server.on("/api/open", (seen) => ({ ...echo(seen), status: 200, headers: { "x-mine": "1", ...open(seen.headers) } }));
  server.on("/api/open/back", ({ headers, search }) => ({ status: 302, headers: { ...open(headers), location: `http://127.0.0.1:${headers.host.split(":")[1]}/api/echo${search}` } }));
  server.on("/api/hang/head", { hang: "head" });
  server.on("/api/hang/body", { chunks: ["one "], hang: "body" });
  for (const name in ANSWERS) server.on(`/api/answer/${encodeURIComponent(name)}`, ANSWERS[name]);
  for (const name in BYTES) server.raw(`/api/answer/${encodeURIComponent(name)}`, BYTES[name]);
  return [...Object.keys(ANSWERS), ...Object.keys(BYTES)];
}
