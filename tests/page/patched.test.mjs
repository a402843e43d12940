// Whoever patches `fetch` and `XMLHttpRequest`, in whatever order: every call ends, and is sent once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser } from "./harness.mjs";

/** How far the broker is: there; on its way, and it does not come; or missing. */
const STATES = { shared: undefined, early: { hang: "head" }, "pass-through": { status: 404 } };

inEachBrowser((world) => {
  const open = async (state = "shared") => {
    world.server.on("/api/*", ({ method, path, hit, body }) => ({ json: { method, path, hit, body: String(body) } }));
    if (STATES[state]) world.server.on("/pkg/forebay.wasm", STATES[state]);
    const tab = await world.open();
    await tab.evaluate(async (state) => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.app = connect({ app: "a" });
      if (state !== "early" && (await ready()) !== state) throw new Error(`it is not ${state}`);
      globalThis.byXhr = (method, url) => new Promise((done, failed) => {
        const xhr = new XMLHttpRequest();
        xhr.open(method, url);
        xhr.responseType = "json";
        xhr.onload = () => done(xhr.response.path);
        xhr.onerror = failed;
        xhr.send(method === "POST" ? "{}" : undefined);
      });
      globalThis.inTime = (promise) => Promise.race([Promise.resolve().then(promise).then((value) => value, (error) => "rejected: " + error), new Promise((late) => setTimeout(late, 8000, "never settled"))]);
    }, state);
    return tab;
  };
  const hits = (...paths) => paths.map((path) => world.server.hits("/api/" + path));

  for (const state of Object.keys(STATES)) {
    test(`install, then a wrapper around fetch: each call is answered and sent once (${state})`, async () => {
      const tab = await open(state);
      const found = await tab.evaluate(async () => {
        const { install } = await import("/pkg/install.js");
        install(app, { match: ["/api/*"] });
        const before = window.fetch;
        const seen = [];
        window.fetch = (...args) => (seen.push(new URL(args[0].url ?? args[0], location.href).pathname), before(...args));
        const json = async (answer) => (await (await answer).json()).path;
        const all = await Promise.all([
          inTime(() => json(fetch("/api/get"))), inTime(() => json(fetch("/api/post", { method: "POST", body: "{}" }))),
          inTime(() => json(fetch(new Request("/api/request")))), inTime(async () => (await app.json("/api/json")).path),
          inTime(() => json(app.fetch("/api/own", { method: "POST", body: "{}" }))), inTime(() => byXhr("GET", "/api/xhr")), inTime(() => byXhr("POST", "/api/xhr-post")),
        ]);
        return { all, seen };
      });
      const names = ["get", "post", "request", "json", "own", "xhr", "xhr-post"];
      assert.deepEqual(found.all, names.map((name) => "/api/" + name));
      assert.deepEqual(hits(...names), names.map(() => 1));
      assert.deepEqual(found.seen, ["/api/get", "/api/post", "/api/request"], "what is above sees the apps' own calls, and none of app.*");
      assert.deepEqual(tab.errors, []);
    });

    for (const how of ["as it is", "with options copied", "later, with options copied", "as a Request"]) {
      test(`a page's fetch that calls app.fetch, ${how}: each call is answered and sent once (${state})`, async () => {
        const tab = await open(state);
        const found = await tab.evaluate(async (how) => {
          window.fetch = {
            "as it is": (url, init) => app.fetch(url, init),
            "with options copied": (url, init) => app.fetch(url, { ...init, headers: new Headers(init?.headers) }),
            "later, with options copied": async (url, init) => (await null, app.fetch(url, { ...init, headers: new Headers(init?.headers) })),
            "as a Request": (url, init) => app.fetch(new Request(url, init)),
          }[how];
          const json = async (answer) => (await (await answer).json()).path;
          return Promise.all([
            inTime(() => json(fetch("/api/get"))), inTime(() => json(fetch("/api/post", { method: "POST", body: "{}" }))), inTime(() => json(app.fetch("/api/own"))),
            inTime(async () => (await app.json("/api/json")).path), inTime(async () => (await app.json("/api/json-post", { json: {} })).path),
          ]);
        }, how);
        const names = ["get", "post", "own", "json", "json-post"];
        assert.deepEqual(found, names.map((name) => "/api/" + name));
        assert.deepEqual(hits(...names), names.map(() => 1));
      });
    }

    test(`a fetch that asks for a token of app.json before it sends waits for nobody (${state})`, async () => {
      const tab = await open(state);
      const found = await tab.evaluate(async () => {
        const before = window.fetch;
        window.fetch = async (url, init) => {
          const token = app.json("/api/token");
          return before(url, { ...init, headers: { ...init?.headers, "x-token": (await token).path } });
        };
        return Promise.all([inTime(async () => (await app.json("/api/a")).path), inTime(async () => (await app.fetch("/api/b")).status)]);
      });
      assert.deepEqual(found, ["/api/a", 200]);
    });

    test(`a wrapper that throws, or gives nothing, ends every call (${state})`, async () => {
      const tab = await open(state);
      const found = await tab.evaluate(async () => {
        const before = window.fetch;
        const out = [];
        for (const wrapper of [() => { throw new Error("odd"); }, () => undefined, () => { throw new TypeError("odd again"); }, () => "text"]) {
          window.fetch = wrapper;
          const fails = (call) => inTime(call).then((value) => String(value).startsWith("rejected") || String(value));
          out.push(await Promise.all([
            fails(() => app.fetch("/api/a")), fails(() => app.fetch("/api/a")), fails(() => app.json("/api/a")),
            fails(() => app.json("/api/b", { json: {} })), fails(() => app.fetch("/api/c", { method: "POST", body: "" }).then((response) => response.text())),
          ]));
          window.fetch = before;
        }
        out.push(await inTime(async () => (await app.json("/api/after")).path));
        return out;
      });
      const one = Array(5).fill(true);
      assert.deepEqual(found, [one, one, one, one, "/api/after"]);
    });
  }

  test("install over a fetch that calls app.fetch, and over one that calls the page's fetch again", async () => {
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const { install } = await import("/pkg/install.js");
      const native = window.fetch;
      window.fetch = (url, init) => app.fetch(url, init);
      let uninstall = install(app, { match: ["/api/*"] });
      const out = [await inTime(async () => (await (await fetch("/api/a")).json()).path), await inTime(async () => (await (await fetch("/api/b", { method: "POST" })).json()).path)];
      uninstall();
      let isAgain = false;
      window.fetch = (url, init) => ((isAgain = !isAgain) ? window.fetch(url, init) : native(url, init));
      uninstall = install(app, { match: ["/api/*"] });
      out.push(await inTime(async () => (await (await fetch("/api/c")).json()).path));
      uninstall();
      return out;
    });
    assert.deepEqual(found, ["/api/a", "/api/b", "/api/c"]);
    assert.deepEqual(hits("a", "b", "c"), [1, 1, 1]);
  });

  test("install twice, with what patches between: all is taken back, and what others hold of it passes on", async () => {
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const { install } = await import("/pkg/install.js");
      const native = window.fetch;
      const members = Object.getOwnPropertyDescriptors(XMLHttpRequest.prototype);
      const seen = [];
      const first = install(app, { match: ["/api/one/*"] });
      const between = window.fetch;
      const wrapper = (...args) => (seen.push(String(args[0])), between(...args));
      window.fetch = wrapper;
      const { open } = XMLHttpRequest.prototype;
      const openWrapper = function (...args) {
        seen.push("xhr " + args[1]);
        return open.apply(this, args);
      };
      XMLHttpRequest.prototype.open = openWrapper;
      const second = install(app, { match: ["/api/two/*"] });
      const json = async (url) => (await (await fetch(url)).json()).hit;
      const out = {};
      const ask = () => Promise.all(["/api/one/a", "/api/two/a"].flatMap((url) => [json(url), json(url), byXhr("GET", url)].map((call) => inTime(() => call))));
      out.both = [await ask(), app.report().counts.sent];
      first();
      out.second = [await ask(), app.report().counts.sent];
      second();
      second();
      out.none = [await ask(), app.report().counts.sent];
      out.isTheirs = [window.fetch === wrapper, XMLHttpRequest.prototype.open === openWrapper];
      window.fetch = native;
      XMLHttpRequest.prototype.open = members.open.value;
      const last = install(app, { match: ["/api/*"] });
      out.last = [await ask(), app.report().counts.sent];
      last();
      out.isBack = [window.fetch === native, XMLHttpRequest.prototype.open === members.open.value];
      out.seen = seen.length;
      return out;
    });
    const { both, second, none, last, ...rest } = found;
    for (const [answers] of [both, second, none, last]) assert.ok(answers.every((answer) => typeof answer === "number" || String(answer).startsWith("/api/")), JSON.stringify(answers));
    assert.deepEqual([both[1], second[1], none[1], last[1]], [2, 3, 3, 5]);
    assert.deepEqual(rest, { isTheirs: [true, true], isBack: [true, true], seen: 18 });
    assert.deepEqual(hits("one/a", "two/a"), [1 + 3 + 3 + 1, 1 + 1 + 3 + 1]);
  });

  test("patterns: a `*` in the host, the port and the scheme; what is no pattern is refused by its name", async () => {
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const { install } = await import("/pkg/install.js");
      const before = window.fetch;
      const asked = [];
      const spy = { fetch: async (url) => (asked.push(url), new Response("{}")), invalidate() {} };
      const tried = async (match, urls) => {
        asked.length = 0;
        window.fetch = async () => new Response("{}");
        const uninstall = install(spy, { match: [match] });
        for (const url of urls) await fetch(url);
        uninstall();
        window.fetch = before;
        return urls.map((url) => +asked.includes(url)).join("");
      };
      const wrong = (match) => {
        try {
          install(app, { match })();
          return "taken";
        } catch (error) {
          return [error.name, error.code, match?.every && match.some((one) => typeof one === "string" && one) ? error.message.includes(JSON.stringify(match.at(-1))) : /match/.test(error.message)].join();
        }
      };
      return {
        path: await tried("/api/*", ["/api/a", "/api/", "/apiary", "/api/a?b#c", location.origin + "/api/x", "https://else.example/api/x"]),
        exact: await tried("/api/a?b=*", ["/api/a?b=", "/api/a?b=1#x", "/api/a", "/api/a?c&b="]),
        host: await tried("https://*.example.com/api/*", ["https://a.example.com/api/x", "https://a.b.example.com/api/x", "https://example.com/api/x", "https://evil.com/.example.com/api/x", "http://a.example.com/api/x", "https://a.example.com:444/api/x", "https://xexample.com/api/"]),
        hostOnly: await tried("https://*", ["https://a.example.com", "https://a.example.com/", "https://b.example/x"]),
        port: await tried("http://localhost:*/api/*", ["http://localhost:1234/api/x", "http://localhost/api/x", "http://localhost.evil:1/api/x"]),
        scheme: await tried("*://api.example.com/*", ["https://api.example.com/x", "http://api.example.com/x", "https://api.example.org/x"]),
        none: await tried("//api.example.com/*", [location.protocol + "//api.example.com/x", "https://api.example.org/x"]),
        wrong: [["http://["], ["/api/*", ""], [1], "/api/*", [], ["/api/*", "https:///x"], ["/api/*#top"], ["https://exa mple.com/*"], undefined].map(wrong),
      };
    });
    assert.deepEqual(found, {
      path: "110110", exact: "1100", host: "1100000", hostOnly: "110", port: "110", scheme: "110", none: "10",
      wrong: Array(9).fill("TypeError,invalid-option,true"),
    });
  });
});
