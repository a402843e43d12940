// The harness itself: a test of Forebay means nothing while the server or the tabs do not do what they are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

inEachBrowser((world) => {
  test("routes answer as told, and are counted", async () => {
    world.server.on("/api/a", ({ hit, search }) => ({ json: { hit, search } }));
    world.server.on("POST /api/a", ({ body }) => ({ status: 201, headers: { "x-length": String(body.length) } }));
    world.server.on("/api/*", { status: 418 });
    const tab = await world.open();

    const got = await tab.evaluate(async () => {
      const read = async (url, init) => {
        const response = await fetch(url, init);
        return [response.status, response.headers.get("x-length"), response.ok && response.status === 200 ? await response.json() : null];
      };
      return [await read("/api/a?x=1"), await read("/api/a"), await read("/api/a", { method: "POST", body: "four" }), await read("/api/b")];
    });

    assert.deepEqual(got, [
      [200, null, { hit: 1, search: "?x=1" }],
      [200, null, { hit: 2, search: "" }],
      [201, "4", null],
      [418, null, null],
    ]);
    assert.equal(world.server.hits("/api/a"), 3);
    assert.deepEqual(world.server.requests("/api/a").map(({ method }) => method), ["GET", "GET", "POST"]);
    assert.deepEqual(tab.errors, []);
  });

  test("answers are late, cut off, streamed or never come", async () => {
    world.server.on("/late", { body: "late", delay: 200 });
    world.server.on("/cut", { body: "x".repeat(1000), truncate: 10 });
    world.server.on("/stream", { chunks: ["one ", "two ", "three"], gap: 60 });
    world.server.on("/silent", { hang: "head" });
    world.server.on("/endless", { chunks: ["begin"], hang: "body" });
    const tab = await world.open();

    const got = await tab.evaluate(async () => {
      const start = performance.now();
      const late = await fetch("/late").then((response) => response.text());
      const waited = performance.now() - start;

      const cut = await fetch("/cut").then((response) => response.text()).then(() => "whole", (error) => error.name);

      const pieces = [];
      const decoder = new TextDecoder();
      const reader = (await fetch("/stream")).body.getReader();
      for (let read; !(read = await reader.read()).done;) pieces.push(decoder.decode(read.value));

      const withLimit = (url, use) => fetch(url, { signal: AbortSignal.timeout(300) }).then(use).catch((error) => error.name);
      const silent = await withLimit("/silent", () => "head came");
      const endless = await withLimit("/endless", (response) => response.text());
      return { late, waited, cut, pieces, silent, endless };
    });

    assert.equal(got.late, "late");
    assert.ok(got.waited >= 190, `the answer came after ${got.waited} ms`);
    assert.equal(got.cut, "TypeError");
    assert.equal(got.pieces.join(""), "one two three");
    assert.ok(got.pieces.length > 1, "the body came in one piece");
    assert.equal(got.silent, "TimeoutError");
    assert.match(got.endless, /^(TimeoutError|AbortError)$/); // Firefox forgets the signal's reason once the head is there
    await until(() => world.server.requests("/silent")[0].aborted, "the server saw the client leave");
    assert.equal(world.server.requests("/late")[0].aborted, false);
  });

  test("tabs of a profile share storage and channels, other profiles do not", async () => {
    const [one, two] = [await world.open(), await world.open()];
    const stranger = await world.open("/blank.html", { profile: await world.anotherProfile() });

    for (const tab of [two, stranger]) {
      await tab.evaluate(() => {
        window.heard = [];
        new BroadcastChannel("news").onmessage = ({ data }) => window.heard.push(data);
      });
    }
    await one.evaluate(() => {
      localStorage.setItem("who", "one");
      window.channel = new BroadcastChannel("news");
      window.channel.postMessage("hello");
    });

    await until(() => two.evaluate(() => window.heard.length > 0), "the other tab heard the message");
    assert.equal(await two.evaluate(() => localStorage.getItem("who")), "one");
    assert.equal(await stranger.evaluate(() => localStorage.getItem("who")), null);
    assert.deepEqual(await stranger.evaluate(() => window.heard), []);
  });

  test("a profile begins empty", async () => {
    const tab = await world.open();
    assert.equal(await tab.evaluate(() => localStorage.getItem("who")), null);
  });

  test("errors and warnings of a tab are collected", async () => {
    world.server.page("/broken.html", `<script>console.warn("careful"); console.error("bad"); fetch("/nowhere"); missing();</script>`);
    const tab = await world.open("/broken.html");
    await until(() => tab.errors.length >= 2, "two errors were collected");

    assert.ok(tab.errors.includes("bad"), tab.errors.join());
    assert.ok(tab.errors.some((text) => text.includes("missing")), tab.errors.join());
    assert.equal(tab.errors.length, 2);
    assert.deepEqual(tab.warnings, ["careful"]);
  });

  test("the package's files are served with the types that browsers insist on", async () => {
    const tab = await world.open();
    const types = await tab.evaluate(async () => {
      const type = async (url) => (await fetch(url)).headers.get("content-type");
      return [await type("/pkg/index.js"), await type("/pkg/forebay.wasm"), (await fetch("/pkg/../Cargo.toml")).status, (await fetch("/pkg/%2e%2e%2fCargo.toml")).status];
    });
    assert.deepEqual(types, ["text/javascript", "application/wasm", 404, 404]);
  });
});
