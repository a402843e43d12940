// The adapters in pages of real frameworks: what components are shown, what is asked for, and what renders.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inEachBrowser, until, versionsIn } from "../page/harness.mjs";
import { buildPages, PAGES, startServer } from "./pages.mjs";

const FRESH = { "cache-control": "max-age=600" };

let servers;
before(async () => {
  await buildPages();
  servers = [await startServer(false), await startServer(true)];
});
after(() => Promise.all(servers.map(({ end }) => end())));

inEachBrowser((world) => {
  const hasLowest = versionsIn(world.engine).includes("lowest");
  const pages = PAGES.filter((page) => hasLowest || !page.endsWith("-lowest"));
  const open = async (page) => {
    const tab = await world.open();
    await tab.evaluate(async (page) => {
      const { connect, ready } = await import("/pkg/index.js");
      globalThis.framework = await import(`/tests/adapters/build/${page}.js`);
      globalThis.app = connect({ app: "mounted" });
      globalThis.other = connect({ app: "other" });
      globalThis.mounted = {};
      globalThis.mount = async (name, kind, props, options) => {
        const place = document.body.appendChild(document.createElement("main"));
        place.id = name;
        mounted[name] = await framework.mount(place, app, kind, props, options);
      };
      await ready();
    }, page);
    return tab;
  };
  const mount = (tab, name, kind, props, options) => tab.evaluate((...all) => mount(...all), name, kind, props, options);
  const set = (tab, name, props) => tab.evaluate((name, props) => mounted[name].set(props), name, props);
  const unmount = (tab, name) => tab.evaluate((name) => mounted[name].unmount(), name);
  const text = (tab, name) => tab.evaluate((name) => document.getElementById(name).textContent.trim(), name);
  const shows = (tab, name, wanted) => until(async () => (await text(tab, name)) === wanted, `${name} shows ${JSON.stringify(wanted)}`).catch(async (error) => {
    throw new Error(`${error.message}; it shows ${JSON.stringify(await text(tab, name))}; ${tab.errors.join("; ")}`);
  });

  for (const page of pages) {
    test(`${page}: two components ask once; who leaves takes nobody along, and the last to leave ends the flight`, async () => {
      world.server.on("/api/a", { json: { name: "Ada" }, delay: 200 });
      world.server.on("/api/slow", { hang: "head" });
      const tab = await open(page);
      await mount(tab, "one", "One", { url: "/api/a", id: "one" });
      await mount(tab, "two", "One", { url: "/api/a", id: "two" });
      await mount(tab, "three", "One", { url: "/api/a", id: "three" });
      await unmount(tab, "one");
      await shows(tab, "two", "Ada");
      assert.equal(world.server.hits("/api/a"), 1);
      await mount(tab, "slow", "One", { url: "/api/slow", id: "slow" });
      await until(() => world.server.hits("/api/slow") === 1, "it is asked for");
      await unmount(tab, "slow");
      await until(() => tab.evaluate(() => app.report().live.leases === 1), "its interest has ended");
      await until(() => tab.evaluate(() => app.report().live.flights === 0), "its flight has ended");
      await unmount(tab, "two");
      await unmount(tab, "three");
      await until(() => tab.evaluate(() => app.report().live.leases === 0), "all have ended");
    });

    if (page === "react") {
      test(`${page}: who was hidden (Activity) is told what is new when it is shown again`, async () => {
        let name = "Ada";
        world.server.on("/api/a", () => ({ json: { name }, headers: FRESH }));
        const tab = await open(page);
        await mount(tab, "hidden", "Hidden", { url: "/api/a", id: "hidden" });
        await shows(tab, "hidden", "Ada");
        await set(tab, "hidden", { url: "/api/a", id: "hidden", isHidden: true });
        await until(() => tab.evaluate(() => app.report().live.leases === 0), "nobody looks");
        name = "Bo";
        await tab.evaluate(() => other.invalidate({ urls: ["/api/a"] }));
        await set(tab, "hidden", { url: "/api/a", id: "hidden" });
        await shows(tab, "hidden", "Bo");
      });
    }

    if (page.startsWith("svelte")) {
      test(`${page}: a function is followed by members and as a store, and both keep what was shown`, async () => {
        world.server.on("/api/a", ({ search }) => ({ json: { name: "Ada" + search }, delay: 50 }));
        world.server.on("/api/slow", { hang: "head" });
        const tab = await open(page);
        await mount(tab, "both", "Followed", { url: "/api/a", variables: { id: 1 }, options: { keepPrevious: true } });
        await shows(tab, "both", "Ada?id=1 Ada?id=1");
        await set(tab, "both", { variables: { id: 2 } });
        await shows(tab, "both", "Ada?id=2 Ada?id=2");
        assert.equal(world.server.hits("/api/a"), 2);
        await until(() => tab.evaluate(() => app.report().live.leases === 1), "what is shown no more is given up");
        await set(tab, "both", { url: "/api/slow" });
        await shows(tab, "both", "… Ada?id=2 (before) … Ada?id=2 (before)");
        await unmount(tab, "both");
        await until(() => tab.evaluate(() => app.report().live.leases + app.report().live.flights === 0), "all have ended");
        assert.deepEqual(tab.errors, []);
      });
    }

    if (page === "svelte") {
      test(`${page}: what is read only once something else is there is asked for at once, and ends with its component`, async () => {
        world.server.on("/api/slow", { hang: "head" });
        world.server.on("/api/a", { json: { name: "Ada" } });
        const tab = await open(page);
        await mount(tab, "late", "Late", {});
        await until(() => world.server.hits("/api/a") === 1, "it is asked for");
        await unmount(tab, "late");
        // What a component has read, and no effect has taken up, ends by a timer of five seconds.
        await until(() => tab.evaluate(() => app.report().live.leases === 0), "nobody is left", 15_000);
      });
    }

    test(`${page}: what is asked for changes, fails, and is made out of date by another app`, async () => {
      let name = "Ada";
      world.server.on("/api/a", ({ search }) => ({ json: { name: name + search }, headers: FRESH, delay: 50 }));
      world.server.on("/api/gone", ({ hit }) => (hit < 2 ? { status: 404 } : { json: { name: "back" } }));
      const tab = await open(page);
      await mount(tab, "one", "One", { url: "/api/a", variables: { id: 1, none: undefined }, options: { keepPrevious: true }, id: "one" });
      await shows(tab, "one", "Ada?id=1");
      const texts = await tab.evaluate(async () => {
        const seen = new Set();
        const observer = new MutationObserver(() => seen.add(document.getElementById("one").textContent.trim()));
        observer.observe(document.getElementById("one"), { childList: true, subtree: true, characterData: true });
        mounted.one.set({ url: "/api/a", variables: { id: 2 }, options: { keepPrevious: true }, id: "one" });
        await new Promise((later) => setTimeout(later, 400));
        observer.disconnect();
        return [...seen];
      });
      assert.deepEqual(texts, ["… Ada?id=1 (before)", "Ada?id=2"]);
      name = "Bo";
      await tab.evaluate(() => other.invalidate({ urls: ["/api/a*"] }));
      await shows(tab, "one", "Bo?id=2");
      await mount(tab, "gone", "One", { url: "/api/gone", id: "gone" });
      await shows(tab, "gone", "http-status");
      await tab.evaluate(() => other.json("/api/gone"));
      await shows(tab, "gone", "back");
    });

    test(`${page}: of a list of 1,000 with one changed one row renders`, async () => {
      let version = 1;
      world.server.on("/api/list", () => ({ json: Array.from({ length: 1_000 }, (_, n) => ({ name: `row ${n}` + (n === 500 ? ` v${version}` : "") })), headers: FRESH }));
      const tab = await open(page);
      await mount(tab, "list", "List", { url: "/api/list", count: 1_000 });
      await until(() => tab.evaluate(() => document.querySelectorAll("li")[999]?.textContent === "row 999"), "the list is there");
      assert.equal(world.server.hits("/api/list"), 1);
      const before = await tab.evaluate(() => ({ ...renders }));
      version = 2;
      await tab.evaluate(() => other.invalidate({ urls: ["/api/list"] }));
      await until(() => tab.evaluate(() => document.querySelectorAll("li")[500].textContent === "row 500 v2"), "the row has changed");
      const again = await tab.evaluate((before) => Object.entries(renders).filter(([name, count]) => count !== before[name]).map(([name, count]) => [name, count - before[name]]), before);
      assert.deepEqual(again, [["row 500", 1]]);
    });

    test(`${page}: pages come one after the other`, async () => {
      world.server.on("/api/pages", ({ search }) => {
        const after = Number(new URLSearchParams(search).get("after"));
        return { json: { items: [after + 1, after + 2], next: after < 4 ? after + 2 : null }, headers: FRESH };
      });
      const tab = await open(page);
      await mount(tab, "pages", "Pages", { url: "/api/pages" });
      await shows(tab, "pages", "1,2+");
      const more = () => tab.evaluate(() => document.querySelector("#pages p").click());
      await more();
      await shows(tab, "pages", "1,2,3,4+");
      await more();
      await shows(tab, "pages", "1,2,3,4,5,6");
      await more();
      await sleep(50);
      assert.equal(world.server.hits("/api/pages"), 3);
      await unmount(tab, "pages");
      await until(() => tab.evaluate(() => app.report().live.leases === 0), "all have ended");
    });

    test(`${page}: a change is shown in advance, taken back if it is refused, and then is what the server says`, async () => {
      let name = "Ada";
      world.server.on("/api/a", ({ method, body }) => {
        if (method === "GET") return { json: { name }, headers: FRESH, delay: 100 };
        const asked = JSON.parse(body).name;
        if (asked === "Bad") return { status: 422, delay: 100 };
        name = asked.toUpperCase();
        return { status: 204, delay: 100 };
      });
      const tab = await open(page);
      await tab.evaluate(() => {
        globalThis.rename = async (name) => {
          const { ok, status } = await app.fetch("/api/a", { method: "PUT", body: JSON.stringify({ name }) });
          if (!ok) throw new Error("refused: " + status);
        };
      });
      await mount(tab, "change", "Change", { url: "/api/a" });
      await shows(tab, "change", "Ada");
      const change = (name, last) => tab.evaluate(async (name, last) => {
        const texts = new Set();
        const observer = new MutationObserver(() => texts.add(document.getElementById("change").textContent.trim()));
        observer.observe(document.getElementById("change"), { childList: true, subtree: true, characterData: true });
        const failed = await mutate(name).then(() => "", (error) => error.message);
        for (let n = 0; n < 100 && document.getElementById("change").textContent.trim() !== last; n += 1) await new Promise((later) => setTimeout(later, 50));
        texts.delete(last);
        observer.disconnect();
        return [[...texts, document.getElementById("change").textContent.trim()], failed];
      }, name, last);
      const [refused, why] = await change("Bad", "Ada refused: 422");
      assert.ok(refused.includes("Bad pending"), JSON.stringify(refused));
      assert.deepEqual([refused.at(-1), why], ["Ada refused: 422", "refused: 422"]);
      const [taken] = await change("Bo", "BO");
      assert.ok(taken.includes("Bo pending") && !taken.some((text) => text === "Ada"), JSON.stringify(taken));
      assert.equal(taken.at(-1), "BO");
    });

    test(`${page}: what the server has sent along is not asked for again, and several apps' payloads add up`, async () => {
      world.server.on("/api/a", { json: { name: "newer" }, headers: FRESH });
      world.server.on("/api/b", { json: { name: "newer" }, headers: FRESH });
      const tab = await open(page);
      const payload = (url) => JSON.stringify({ forebay: 2, at: Date.now(), entries: [[JSON.stringify([url, "{}"]), "", { name: "sent <along>" }]] });
      await mount(tab, "a", "One", { url: "/api/a", id: "a" }, { payload: payload("/api/a") });
      await mount(tab, "b", "One", { url: "/api/b", id: "b" }, { payload: payload("/api/b") });
      await shows(tab, "a", "sent <along>");
      await shows(tab, "b", "sent <along>");
      await sleep(300);
      assert.equal(world.server.hits("/api/a") + world.server.hits("/api/b"), 0);
    });
  }

  for (const page of pages.filter((page) => !page.includes("-"))) {
    test(`${page}: two people's components are shown their own, and what cannot be asked for or is refused is an error that is shown`, async () => {
      world.server.on("GET /api/me", ({ headers, search }) => ({ json: { name: headers.authorization + search } }));
      world.server.on("POST /api/me", { json: { name: "written" } });
      world.server.on("/api/refused", { status: 422, json: { detail: "the name is missing" } });
      const tab = await open(page);
      await tab.evaluate(async () => {
        const who = (token) => ({ init: { headers: new Headers({ authorization: token }) } });
        await mount("one", "One", { url: "/api/me", id: "one", options: who("u1") });
        await mount("two", "One", { url: "/api/me", id: "two", options: who("u2") });
        await mount("map", "One", { url: "/api/me", id: "map", options: { init: { headers: new Map([["authorization", "u3"]]) } } });
        await mount("post", "One", { url: "/api/me", id: "post", options: { init: { method: "POST" } } });
        await mount("nested", "One", { url: "/api/me", id: "nested", variables: { filter: { status: "open" } } });
        await mount("styled", "One", { url: "/api/me", id: "styled", variables: { ids: [1, 2] }, options: { ...who("u4"), params: { style: "repeat" } } });
        await mount("refused", "One", { url: "/api/refused", id: "refused" });
      });
      const wanted = { one: "u1", two: "u2", map: "u3", post: "invalid-option", nested: "invalid-option", styled: "u4?ids=1&ids=2", refused: "http-status" };
      for (const [name, what] of Object.entries(wanted)) await shows(tab, name, what);
      const error = await tab.evaluate(() => framework.leaseOf(app, "/api/refused").state.error.body);
      assert.deepEqual(error, { detail: "the name is missing" });
      assert.deepEqual(world.server.requests("/api/me").filter(({ method }) => method === "POST"), []);
      assert.deepEqual(tab.errors, []);
    });
  }

  test("what may not be watched is an error that is shown, also before the broker is there", async () => {
    world.server.on("/api/me", { json: { name: "written" } });
    const tab = await world.open();
    const found = await tab.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      const { leaseOf } = await import("/tests/adapters/build/react.js");
      const app = connect({ app: "early" });
      const lease = leaseOf(app, "/api/me", undefined, { init: { method: "POST" } });
      lease.subscribe(() => {});
      await ready();
      for (let n = 0; n < 100 && lease.state.isLoading; n += 1) await new Promise((later) => setTimeout(later, 20));
      return [lease.state.isLoading, lease.state.error?.code];
    });
    assert.deepEqual(found, [false, "invalid-option"]);
    assert.equal(world.server.hits("/api/me"), 0);
    assert.deepEqual(tab.errors, []);
  });

  for (const page of pages.filter((page) => page.startsWith("react"))) {
    test(`${page}: who suspends and has failed asks again at once when it is tried again`, async () => {
      world.server.on("/api/flaky", ({ hit }) => (hit < 3 ? { status: 404 } : { json: { name: "back" } }));
      const tab = await open(page);
      await mount(tab, "suspended", "Suspended", { url: "/api/flaky" });
      const failed = `boundary: ${world.server.url("/api/flaky")}: 404`;
      await shows(tab, "suspended", failed);
      assert.equal(world.server.hits("/api/flaky"), 1);
      for (const [hits, wanted] of [[2, failed], [3, "back"]]) {
        // Nobody is quicker; before, React renders by itself once more what has failed.
        await sleep(200);
        await tab.evaluate(() => retry());
        await until(() => world.server.hits("/api/flaky") === hits, "it is asked for again");
        await shows(tab, "suspended", wanted);
      }
      await sleep(300);
      assert.equal(world.server.hits("/api/flaky"), 3);
    });

    test(`${page}: strict mode asks once; suspense waits, throws to the boundary, and a transition keeps what was shown`, async () => {
      world.server.on("/api/a", { json: { name: "Ada" }, delay: 150 });
      world.server.on("/api/b", { json: { name: "Bo" }, delay: 150 });
      world.server.on("/api/gone", { status: 404, delay: 50 });
      const tab = await open(page);
      await mount(tab, "strict", "One", { url: "/api/a", id: "strict" }, { isStrict: true });
      await shows(tab, "strict", "Ada");
      assert.equal(world.server.hits("/api/a"), 1);
      await unmount(tab, "strict");
      await mount(tab, "suspended", "Suspended", { url: "/api/a" }, { isStrict: true });
      await shows(tab, "suspended", "waiting");
      await shows(tab, "suspended", "Ada");
      assert.equal(world.server.hits("/api/a"), 2);
      await mount(tab, "failed", "Suspended", { url: "/api/gone" });
      await shows(tab, "failed", `boundary: ${world.server.url("/api/gone")}: 404`);
      await mount(tab, "moving", "Moving", { url: "/api/a" });
      await shows(tab, "moving", "Ada");
      const texts = await tab.evaluate(async () => {
        const seen = new Set();
        const look = setInterval(() => seen.add(document.getElementById("moving").innerText.trim()), 5);
        move("/api/b");
        await new Promise((later) => setTimeout(later, 500));
        clearInterval(look);
        return [...seen];
      });
      assert.deepEqual(texts, ["Ada", "Bo"]);
    });
  }

  for (const page of pages) {
    const [framework, isLowest] = page.split("-");
    const kind = { react: "Suspended", lit: "Rendered" }[framework] ?? "One";
    test(`${page}: what the server has rendered, for two people at once, is taken over without a request`, async () => {
      world.server.on("/api/me", ({ headers }) => ({ json: { name: (headers.authorization ?? "nobody") + " </script>" }, delay: 50 }));
      const url = world.server.url("/api/me");
      const { render } = servers[isLowest ? 1 : 0];
      const [ann, bob] = await Promise.all(["ann", "bob"].map((who) => render(framework, who, url)));
      assert.match(ann.html, /ann &lt;\/script(&gt;|>)/);
      assert.match(bob.html, /bob &lt;\/script(&gt;|>)/);
      assert.ok(!ann.payload.includes("</script>") && !ann.payload.includes("bob"));
      const hits = world.server.hits("/api/me");
      assert.equal(hits, 2);
      const tab = await open(page);
      await tab.evaluate(async ({ html, payload }, kind, url) => {
        const place = document.body.appendChild(document.createElement("main"));
        place.innerHTML = html;
        // Who takes the whole document over puts it there itself, and so does whose shadow roots come with it.
        const isWhole = /ng-version|shadowrootmode/.test(html);
        if (isWhole) place.replaceChildren();
        const find = () => document.querySelector("p") ?? document.querySelector("test-rendered").shadowRoot.querySelector("p");
        if (!isWhole) globalThis.node = find();
        const mounting = framework.mount(place, app, kind, { url, id: "one" }, { isHydrating: true, payload, ...(isWhole && { html }) });
        globalThis.node ??= find();
        await mounting;
      }, ann, kind, url);
      await sleep(300);
      assert.equal(await tab.evaluate(() => node.textContent.trim()), "ann </script>");
      assert.ok(await tab.evaluate(() => node.isConnected), "the server's element is the page's");
      assert.equal(world.server.hits("/api/me"), hits);
      assert.deepEqual(tab.errors, []);
    });
  }

  test("what is leased is asked for again at intervals, and no longer once nobody shows it", async () => {
    world.server.on("/api/a", ({ hit }) => ({ json: { name: `hit ${hit}` } }));
    const tab = await open("react");
    await mount(tab, "one", "One", { url: "/api/a", options: { interval: 1_000 }, id: "one" });
    await until(async () => world.server.hits("/api/a") >= 3 && (await text(tab, "one")) === `hit ${world.server.hits("/api/a")}`, "it is asked for again");
    await unmount(tab, "one");
    await sleep(200);
    const last = world.server.hits("/api/a");
    await sleep(2_000);
    assert.equal(world.server.hits("/api/a"), last);
  });
});
