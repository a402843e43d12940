// The rows of the table: what is asked, and what is compared. Runs in the page, natively and by Forebay. Members are those of
// the running browser: one that has no entry here is a failing row.
//
// A row is a name and a function: it is given a `fetch` and a tag that makes its URLs its own, and gives a value that must be
// the same by every `fetch`.

import { xhrRows } from "./xhr.mjs";

/** The browser's own, before anything stands in its place. */
const NativeXhr = XMLHttpRequest;

/** Members of `RequestInit` as this browser reads them. */
export function membersOfInit() {
  const seen = new Set();
  new Request("/", new Proxy({}, { get: (_, name) => void seen.add(name) }));
  return [...seen].filter((name) => typeof name === "string").sort();
}

/** Readable members of a class of this browser. */
export const membersOf = (type) => {
  const names = [];
  for (const name in type.prototype) names.push(name);
  return names.sort();
};

const bogus = { toString: () => "cors" };
/** Values of each member: good ones, wrong ones, and what else must go with them. */
const INIT = {
  method: ["GET", "get", "HEAD", "POST", "patch", "PUT", "DELETE", "OPTIONS", "QUERY", "CONNECT", "a b", "", 7, null],
  headers: [
    { "x-a": "1" }, [["x-a", "1"], ["x-a", "2"]], () => new Headers({ "X-B": " 2 " }), { "a b": "c" }, { "x-a": "\n" }, { cookie: "a=b", host: "x" }, null, 7,
    { accept: "text/html" }, { range: "bytes=0-1" }, { "content-type": "text/x" }, { "cache-control": "no-cache" }, { authorization: "Basic YTpi" },
  ],
  body: [
    null, "text", () => new URLSearchParams("a=1&b=2"), () => new Uint8Array([1, 2, 255]), () => new Blob(["blob"], { type: "text/x" }), 7,
    () => new ReadableStream({ start: (c) => (c.enqueue(new TextEncoder().encode("stream")), c.close()) }),
  ],
  mode: ["cors", "same-origin", "no-cors", "navigate", "websocket", "bogus", "", null, bogus],
  credentials: ["omit", "same-origin", "include", "bogus", null, bogus],
  cache: ["default", "no-store", "reload", "no-cache", "force-cache", "only-if-cached", "bogus", null, bogus],
  redirect: ["follow", "error", "manual", "bogus", null, bogus],
  referrer: ["", "about:client", "/other.html", "http://localhost/", "http://[", null],
  referrerPolicy: [
    "", "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin", "origin-when-cross-origin",
    "strict-origin-when-cross-origin", "unsafe-url", "bogus", null, bogus,
  ],
  integrity: ["", "sha256-bogus", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "bogus"],
  keepalive: [true, false, 1],
  signal: [null, () => new AbortController().signal, () => AbortSignal.abort(), () => AbortSignal.abort("why"), () => AbortSignal.abort(new TypeError("mine")), {}, "x"],
  duplex: ["half", "full", null],
  priority: ["high", "low", "auto", "bogus", null, bogus],
  window: [null, "x", () => window],
  // What single engines read. Whatever it does, it does in both.
  attributionReporting: [{ eventSourceEligible: true, triggerEligible: false }, "x"],
  adAuctionHeaders: [true],
  browsingTopics: [true],
  sharedStorageWritable: [false],
  privateToken: [{}, "x"],
  targetAddressSpace: ["local", "bogus"],
  retryOptions: [{ maxAttempts: 1 }, "x"],
  mozErrors: [true],
  observe: [() => () => {}],
};

/** How each member of a `Request` is given its value; `null`: it follows from others. */
const REQUEST = {
  method: "method", url: null, headers: "headers", body: "body", bodyUsed: null, mode: "mode", credentials: "credentials", cache: "cache", redirect: "redirect",
  referrer: "referrer", referrerPolicy: "referrerPolicy", integrity: "integrity", keepalive: "keepalive", signal: "signal", duplex: "duplex", priority: "priority",
  destination: null, isHistoryNavigation: null, isReloadNavigation: null, targetAddressSpace: "targetAddressSpace", mozErrors: "mozErrors",
  arrayBuffer: null, blob: null, bytes: null, clone: null, formData: null, json: null, text: null, textStream: null,
};

const made = (value) => (typeof value === "function" ? value() : value);
const shown = (value) => {
  try {
    return typeof value === "function" ? String(value).slice(6, 60) : value === bogus ? "{toString}" : JSON.stringify(value);
  } catch {
    return String(value);
  }
};

/** A promise's end: its value, or what it was rejected with. */
export const end = (promise) =>
  Promise.resolve(promise).then((value) => value ?? null, (error) => ({ rejected: error instanceof DOMException || error instanceof Error ? error.name : error }));

const place = (url) => url && new URL(url).href.replace(/[?].*/, "");

/** All that a Response shows, member by member; then what its body is. */
export async function facts(response) {
  const told = {};
  for (const name in Response.prototype) {
    const value = response[name];
    told[name] = typeof value === "function" ? "function" : name === "headers" ? fields(value) : name === "url" ? place(value) : value instanceof ReadableStream ? "a stream" : value;
  }
  const text = await end(response.text());
  return { ...told, text: text.rejected ? text : text.length > 5_000 ? [text.length, text.slice(0, 100)] : text, after: response.bodyUsed };
}
const fields = (headers) => [...headers].filter(([name]) => !/^(date|age)$/.test(name));

/** How an exchange ends. */
const whole = (call) => end(call.then(facts));

function* initRows() {
  for (const name of membersOfInit()) {
    const values = INIT[name];
    if (!values) {
      yield [`RequestInit ${name}`, () => ({ why: `this browser reads "${name}", and the table has no values for it` }), true];
      continue;
    }
    for (const value of values) {
      const options = () => {
        const init = { [name]: made(value) };
        if (name === "body" && value !== null) Object.assign(init, { method: "POST", duplex: "half" });
        if (name === "cache" && value === "only-if-cached") init.mode = "same-origin";
        return init;
      };
      const url = (tag) => (name === "redirect" ? "/api/to/echo?" : name === "mode" ? "/api/away?" : "/api/echo?") + tag;
      const call = `${name}: ${shown(value)}`;
      yield [`RequestInit fetch(url, { ${call} })`, (fetch, tag) => whole(fetch(url(tag), options()))];
      yield [`RequestInit fetch(new Request(url), { ${call} })`, (fetch, tag) => whole(fetch(new Request(url(tag)), options()))];
    }
  }
  yield ["RequestInit only-if-cached in mode cors", (fetch, tag) => whole(fetch("/api/echo?" + tag, { cache: "only-if-cached" }))];
  yield ["RequestInit body with GET", (fetch, tag) => whole(fetch("/api/echo?" + tag, { body: "x" }))];
  yield ["RequestInit null", (fetch, tag) => whole(fetch("/api/echo?" + tag, null))];
  yield ["RequestInit 7", (fetch, tag) => whole(fetch("/api/echo?" + tag, 7))];
  yield ["RequestInit is a Request", (fetch, tag) => whole(fetch("/api/echo?" + tag, new Request("/x", { headers: { "x-a": "1" }, referrerPolicy: "no-referrer" })))];
  yield ["RequestInit inherited", (fetch, tag) => whole(fetch("/api/echo?" + tag, Object.create({ referrerPolicy: "no-referrer", headers: { "x-a": "1" } })))];
  yield ["RequestInit getters", (fetch, tag) => whole(fetch("/api/echo?" + tag, new (class { get referrerPolicy() { return "no-referrer"; } })()))];
  for (const input of ["http://[", "http://a:b@127.0.0.1/", "ftp://a/", "about:blank", "data:text/plain,a", "", "//", "\ud800", { toString: () => "/api/echo" }, { url: "/api/other", toString: () => "/api/answer/text" }, null, 7])
    yield [`input ${shown(input)} ${input}`, (fetch) => whole(fetch(input))];
  yield ["input blob", async (fetch) => ((it) => ({ ...it, url: 0 }))(await whole(fetch(URL.createObjectURL(new Blob(["blob"], { type: "text/x" })))))];
}

function* requestRows() {
  for (const name of membersOf(Request)) {
    if (!(name in REQUEST)) yield [`Request ${name}`, () => ({ why: `this browser's Requests have "${name}", and the table does not know it` }), true];
    for (const value of INIT[REQUEST[name]] ?? []) {
      yield [`Request fetch(new Request(url, { ${name}: ${shown(value)} }))`, (fetch, tag) => {
        const init = { [REQUEST[name]]: made(value) };
        if (name === "body" && value !== null) Object.assign(init, { method: "POST", duplex: "half" });
        if (name === "cache" && value === "only-if-cached") init.mode = "same-origin";
        const url = (name === "redirect" ? "/api/to/echo?" : name === "mode" ? "/api/away?" : "/api/echo?") + tag;
        let request;
        try {
          request = new Request(url, init);
        } catch (error) {
          return { refused: error.name };
        }
        return end(fetch(request).then(async (response) => ({ ...(await facts(response)), used: request.bodyUsed })));
      }];
    }
  }
  yield ["Request used twice", async (fetch, tag) => {
    const request = new Request("/api/echo?" + tag, { method: "POST", body: "x" });
    return [await whole(fetch(request)), await whole(fetch(request)), request.bodyUsed];
  }];
  yield ["Request of a frame", async (fetch, tag) => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    return whole(fetch(new frame.contentWindow.Request("/api/echo?" + tag, { headers: { "x-a": "1" }, referrerPolicy: "no-referrer" })));
  }];
}

/** What is done with each member of a Response, beside being compared. */
const RESPONSE = {
  body: {
    reader: async (r) => { const reader = r.body.getReader(); const first = await reader.read(); return [first.value?.constructor.name, first.done, r.bodyUsed, r.body.locked, await end(r.text())]; },
    byob: async (r) => { const reader = r.body.getReader({ mode: "byob" }); const { value } = await reader.read(new Uint8Array(3)); return new TextDecoder().decode(value); },
    "byob to the end": async (r) => { const reader = r.body.getReader({ mode: "byob" }); let text = ""; for (;;) { const { done, value } = await reader.read(new Uint8Array(4)); if (done) return [text, value?.byteLength]; text += new TextDecoder().decode(value); } },
    cancel: async (r) => [await end(r.body.cancel("why")), r.bodyUsed, await end(r.text())],
    tee: async (r) => { const [one, two] = r.body.tee(); return [await new Response(one).text(), await new Response(two).text(), r.body.locked]; },
    iterate: async (r) => { let bytes = 0; for await (const chunk of r.body) bytes += chunk.byteLength; return bytes; },
    pipe: async (r) => { let bytes = 0; await r.body.pipeTo(new WritableStream({ write: (chunk) => void (bytes += chunk.byteLength) })); return bytes; },
    closed: async (r) => { const reader = r.body.getReader(); while (!(await reader.read()).done); return end(reader.closed); },
    "release": async (r) => { const reader = r.body.getReader(); await reader.read(); reader.releaseLock(); return [r.bodyUsed, r.body.locked, await end(r.text())]; },
    same: (r) => r.body === r.body,
  },
  bodyUsed: { before: (r) => r.bodyUsed },
  headers: {
    set: (r) => end(Promise.resolve().then(() => r.headers.set("x-mine", "2"))),
    append: (r) => end(Promise.resolve().then(() => r.headers.append("x-mine", "2"))),
    delete: (r) => end(Promise.resolve().then(() => r.headers.delete("x-mine"))),
    get: (r) => [r.headers.get("X-Mine"), r.headers.get("none"), r.headers.has("x-mine"), r.headers.getSetCookie?.()],
    same: (r) => r.headers === r.headers,
    each: (r) => { const all = []; r.headers.forEach((value, name) => /^date$/.test(name) || all.push(name + value)); return all; },
    copied: (r) => fields(new Headers(r.headers)),
  },
  ok: {}, redirected: {}, status: {}, statusText: {}, type: {}, url: {},
  clone: {
    text: async (r) => { const c = r.clone(); return [await facts(c), await facts(r)]; },
    twice: async (r) => { const c = r.clone().clone(); return facts(c); },
    headers: (r) => end(Promise.resolve().then(() => r.clone().headers.set("x-mine", "2"))),
    late: async (r) => { await r.text(); return end(Promise.resolve().then(() => r.clone())); },
    locked: (r) => { r.body.getReader(); return end(Promise.resolve().then(() => r.clone())); },
  },
  arrayBuffer: {}, blob: { type: async (r) => { const blob = await r.blob(); return [blob.type, blob.size]; } }, bytes: {}, formData: {}, json: {}, text: {}, textStream: {},
};

function* responseRows() {
  for (const name of membersOf(Response)) {
    if (!(name in RESPONSE)) {
      yield [`Response ${name}`, () => ({ why: `this browser's Responses have "${name}", and the table does not know it` }), true];
      continue;
    }
    const kinds = {
      ...RESPONSE[name],
      // In strict code: what cannot be replaced throws.
      replaced: async (r) => { const before = r[name]; const kept = await end(Promise.resolve().then(() => { r[name] = 7; })); return [kept, r[name] === 7, r[name] === before]; },
      "by its class": (r) => typeof Object.getOwnPropertyDescriptor(Response.prototype, name)?.value,
    };
    if (/^(arrayBuffer|blob|bytes|formData|json|text)$/.test(name)) {
      kinds.read = async (r) => { const value = await end(r[name]()); return [value?.rejected ?? Object.prototype.toString.call(value), value?.byteLength ?? value?.size ?? JSON.stringify(value), r.bodyUsed, await end(r[name]())]; };
      kinds["read while locked"] = async (r) => { r.body.getReader(); return end(r[name]()); };
      kinds["of another"] = (r) => end(Promise.resolve().then(() => Response.prototype[name].call(r)).then((value) => Object.prototype.toString.call(value)));
    }
    for (const kind in kinds)
      for (const path of ["text", "json", "form"])
        yield [`Response ${name} ${kind} of ${path}`, async (fetch, tag) => kinds[kind](await fetch(`/api/answer/${path}?${tag}`))];
  }
  yield ["Response class", async (fetch, tag) => { const r = await fetch("/api/answer/text?" + tag); return [r instanceof Response, r.constructor === Response, String(r), Object.getPrototypeOf(r) === Response.prototype, Object.keys(r).length]; }];
  yield ["Response copied", async (fetch, tag) => { const r = await fetch("/api/answer/text?" + tag); return facts(new Response(r.body, r)); }];
  yield ["answer asked for again", async (fetch, tag) => [await whole(fetch("/api/echo?" + tag)), await whole(fetch("/api/echo?" + tag))]];
  yield ["Response kept in the browser's cache", async (fetch, tag) => {
    const cache = await caches.open("transparency");
    await cache.put("/api/kept?" + tag, await fetch("/api/answer/text?" + tag));
    const kept = await (await cache.match("/api/kept?" + tag)).text();
    return kept;
  }];
}

function* answerRows(names) {
  for (const name of names) {
    yield [`answer ${name}`, (fetch, tag) => whole(fetch(`/api/answer/${name}?${tag}`))];
    yield [`answer ${name} read piece by piece`, (fetch, tag) => end(fetch(`/api/answer/${name}?${tag}`).then(async (r) => {
      if (!r.body) return "no body";
      const reader = r.body.getReader();
      let bytes = 0;
      for (;;) {
        const piece = await end(reader.read());
        // How much of a broken body comes before its end is a matter of time, natively too.
        if (piece.rejected) return [piece, await end(reader.closed)];
        if (piece.done) return [bytes, await end(reader.closed)];
        bytes += piece.value.byteLength;
      }
    }))];
  }
  const away = `http://localhost:${location.port}`;
  for (const [what, path] of Object.entries({
    "another origin that lets": "/api/open", "another origin that does not": "/api/echo", "another origin's redirect back": "/api/open/back",
  })) {
    yield [`answer of ${what}`, (fetch, tag) => whole(fetch(`${away}${path}?${tag}`))];
    yield [`answer of ${what}, with credentials`, (fetch, tag) => whole(fetch(`${away}${path}?${tag}`, { credentials: "include" }))];
    yield [`answer of ${what}, with a header`, (fetch, tag) => whole(fetch(`${away}${path}?${tag}`, { headers: { "x-a": "1" } }))];
  }
  yield ["answer nobody gives", (fetch) => whole(fetch("http://127.0.0.1:1/"))];
}

function* abortRows() {
  const hang = (tag) => "/api/hang/body?" + tag;
  const why = [undefined, "a text", null, new TypeError("mine")];
  for (const reason of why) {
    const name = reason?.name ?? String(reason);
    yield [`abort before, by ${name}`, (fetch, tag) => whole(fetch("/api/echo?" + tag, { signal: AbortSignal.abort(reason) }))];
    yield [`abort before the head, by ${name}`, (fetch, tag) => { const c = new AbortController(); setTimeout(() => c.abort(reason), 50); return whole(fetch("/api/hang/head?" + tag, { signal: c.signal })); }];
    yield [`abort of a Request before the head, by ${name}`, (fetch, tag) => { const c = new AbortController(); setTimeout(() => c.abort(reason), 50); return whole(fetch(new Request("/api/hang/head?" + tag, { signal: c.signal }))); }];
    yield [`abort after the head, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const r = await fetch(hang(tag), { signal: c.signal });
      c.abort(reason);
      return [await end(r.text()), r.bodyUsed];
    }];
    yield [`abort while it is read, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const r = await fetch(new Request(hang(tag), { signal: c.signal }));
      const text = end(r.text());
      c.abort(reason);
      return text;
    }];
    yield [`abort of a reader, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const reader = (await fetch(hang(tag), { signal: c.signal })).body.getReader();
      await reader.read();
      const ends = [end(reader.read()), end(reader.closed)];
      c.abort(reason);
      return [await Promise.all(ends), await end(reader.read()), await end(reader.cancel())];
    }];
    yield [`abort of a clone, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const r = await fetch(hang(tag), { signal: c.signal });
      const ends = [end(r.clone().text()), end(r.text())];
      c.abort(reason);
      return Promise.all(ends);
    }];
    yield [`abort after all was read, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const r = await fetch("/api/answer/text?" + tag, { signal: c.signal });
      const text = await r.text();
      c.abort(reason);
      return [text, r.bodyUsed, await end(r.text())];
    }];
    yield [`abort of what is there and not read, by ${name}`, async (fetch, tag) => {
      const c = new AbortController();
      const r = await fetch("/api/answer/text?" + tag, { signal: c.signal });
      await new Promise((done) => setTimeout(done, 50));
      c.abort(reason);
      return [await end(r.text()), r.bodyUsed];
    }];
  }
  yield ["abort by time", async (fetch, tag) => whole(fetch("/api/hang/head?" + tag, { signal: AbortSignal.timeout(50) }))];
  yield ["abort by any of several", (fetch, tag) => { const c = new AbortController(); setTimeout(() => c.abort(), 50); return whole(fetch("/api/hang/head?" + tag, { signal: AbortSignal.any([c.signal, new AbortController().signal]) })); }];
  yield ["abort of what has no body", async (fetch, tag) => { const c = new AbortController(); const r = await fetch("/api/answer/204?" + tag, { signal: c.signal }); c.abort(); return [await end(r.text()), r.bodyUsed]; }];
  yield ["abort of a POST", (fetch, tag) => { const c = new AbortController(); setTimeout(() => c.abort(), 50); return whole(fetch("/api/hang/head?" + tag, { method: "POST", body: "x", signal: c.signal })); }];
}

/** All rows. `answers`: names of the server's answers. */
export function* rows(answers, way) {
  yield* initRows();
  yield* requestRows();
  yield* responseRows();
  yield* answerRows(answers);
  yield* abortRows();
  if (way === "install") yield* xhrRows();
}

/** Compares by every `fetch`, row after row, and gives what differed; `only`: of what name. */
export async function compare(native, other, answers, way, only) {
  const results = [];
  let number = 0;
  const queue = [...rows(answers, way)].filter(([name]) => only.test(name));
  const inTime = (run) => {
    let timer;
    const late = new Promise((done) => (timer = setTimeout(done, 8_000, { never: "settles" })));
    return Promise.race([end(Promise.resolve().then(run)), late]).finally(() => clearTimeout(timer));
  };
  const work = async () => {
    for (let row; (row = queue.shift());) {
      const [name, run, fails] = row;
      const tag = `${way[0]}${(number += 1)}`;
      const [expected, actual] = [await inTime(() => run(native, "n" + tag, NativeXhr)), await inTime(() => run(other, "o" + tag, XMLHttpRequest))].map((value) => JSON.stringify(value));
      results.push({ name, isSame: !fails && expected === actual, expected, actual });
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return results;
}
