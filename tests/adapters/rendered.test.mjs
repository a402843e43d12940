// What a server has rendered is somebody's, of one shape of the data and of one moment, and nothing of it outlives what is newer.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { inEachBrowser, until } from "../page/harness.mjs";
import { buildPages } from "./pages.mjs";

const FRAMEWORKS = ["react", "vue", "svelte", "angular", "lit"];
const QUERY = "query Me { me { __typename id name } }";

before(buildPages);

inEachBrowser((world) => {
  /** A tab with two separately built bundles (of React's and of Vue's adapter), whose page has a broker unless `wait` says no. */
  const open = async ({ wait = true, second = "vue", host, prepare } = {}) => {
    const tab = await world.open();
    await tab.evaluate(async (wait, second, host) => {
      const { configure, connect, ready } = await import("/pkg/index.js");
      globalThis.forebay = { configure, ready };
      if (host) configure(host);
      globalThis.one = await import("/tests/adapters/build/react.js");
      globalThis.two = await import(`/tests/adapters/build/${second}.js`);
      globalThis.app = connect({ app: "one" });
      globalThis.other = connect({ app: "other" });
      globalThis.digest = async (id) => Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id))), (byte) => byte.toString(16).padStart(2, "0")).join("");
      /** A payload as a server writes it. */
      globalThis.payload = (entries, more) => JSON.stringify({ forebay: 2, at: Date.now(), ...more, entries: entries.map(([source, data]) => [one.keyOf(source), "", data]) });
      globalThis.shows = (lease) => lease.state.data?.name ?? lease.state.data?.me?.name ?? (lease.state.isLoading ? "…" : "nothing");
      /** Shows it as a component does, and remembers everything that it has shown. */
      globalThis.shown = (source, by = one, of = app) => {
        const lease = by.leaseOf(of, source);
        const texts = [shows(lease)];
        const stop = lease.subscribe(() => texts.at(-1) !== shows(lease) && texts.push(shows(lease)));
        return { lease, texts, stop };
      };
      globalThis.becomes = async (what, wanted) => {
        for (let n = 0; n < 250 && what() !== wanted; n += 1) await new Promise((later) => setTimeout(later, 20));
        return what();
      };
      if (wait) await ready();
    }, wait, second, host ?? null);
    return tab;
  };
  const me = () => {
    let name = "new";
    world.server.on("GET /api/me", () => ({ json: { name } }));
    world.server.on("PUT /api/me", ({ body }) => ((name = JSON.parse(body).name), { status: 204 }));
    world.server.on("/api/old", { json: { name: "new" } });
    world.server.on("POST /api/else", { status: 204 });
    world.server.on("POST /graphql", ({ body }) => {
      const { query, variables } = JSON.parse(body);
      if (/^mutation/.test(query)) name = variables.name;
      return { json: { data: /^mutation/.test(query) ? { rename: { __typename: "Person", id: "1", name } } : { me: { __typename: "Person", id: "1", name } } } };
    });
  };

  test("identify, clear and nobody take what was another's from all who show it, at once", async () => {
    me();
    const tab = await open();
    const found = await tab.evaluate(async () => {
      const out = {};
      const again = async (name, person, end, by = one, of = app) => {
        app.identify("u1");
        one.hydrate(payload([["/api/me", { name: "rendered" }]], { person: await digest(person) }));
        const { texts, stop, lease } = shown("/api/me", by, of);
        end();
        out[name] = [texts[0], shows(lease), await becomes(() => shows(lease), "new")];
        stop();
        await new Promise((later) => setTimeout(later));
      };
      await again("another", "u1", () => app.identify("u2"));
      await again("nobody", "u1", () => app.identify(null), two, other);
      await again("forgotten", "u1", () => other.clear());
      await again("never hers", "u2", () => {});
      // Of nobody in particular, and of the form that said nothing.
      app.identify("u1");
      one.hydrate(payload([["/api/me", { name: "rendered" }]]));
      out.unnamed = shows(one.leaseOf(app, "/api/me"));
      one.hydrate(JSON.stringify([[one.keyOf("/api/me"), { name: "rendered" }]]));
      one.hydrate("{");
      one.hydrate(JSON.stringify({ forebay: 3, entries: [] }));
      out.old = shows(one.leaseOf(other, "/api/me"));
      app.identify("u2");
      out.after = shows(two.leaseOf(app, "/api/me"));
      return out;
    });
    assert.deepEqual(found, {
      another: ["rendered", "…", "new"], nobody: ["rendered", "…", "new"], forgotten: ["rendered", "…", "new"], "never hers": ["…", "…", "new"], unnamed: "…", old: "…", after: "…",
    });
  });

  test("it is shown until the first identify and, if that names its person, after it, without a request; by any number of renders, bundles and apps", async () => {
    me();
    for (const wait of [true, false]) {
      const tab = await open({ wait });
      const found = await tab.evaluate(async () => {
        one.hydrate(payload([["/api/me", { name: "rendered" }], ["query Me { me { __typename id name } }", { me: { name: "rendered" } }]], { person: await digest("u1") }));
        const discarded = one.leaseOf(app, "/api/me");
        const all = [shown("/api/me"), shown("/api/me"), shown("/api/me", two), shown("/api/me", two, other), shown("query Me { me { __typename id name } }"), shown("query Me { me { __typename id name } }", two, other)];
        app.identify("u1");
        app.identify("u1");
        await forebay.ready();
        await new Promise((later) => setTimeout(later, 300));
        app.identify("u1");
        await new Promise((later) => setTimeout(later, 300));
        return [shows(discarded), ...all.map(({ texts }) => texts.join())];
      });
      assert.deepEqual(found, Array(7).fill("rendered"));
      assert.equal(world.server.hits("/api/me") + world.server.hits("/graphql"), 0);
      await tab.close();
    }
  });

  for (const wait of [true, false]) {
    test(`writes, invalidation and others' newer answers reach what was rendered (${wait ? "the broker is there" : "before the broker is there"})`, async () => {
      const ways = {
        write: () => other.fetch("/api/me", { method: "PUT", body: JSON.stringify({ name: "new" }) }),
        url: () => other.invalidate({ urls: ["/api/me"] }),
        pattern: () => other.invalidate({ urls: ["/api/*"] }),
        label: () => other.invalidate({ tags: ["people"] }),
        group: () => other.invalidate({ groups: ["people"] }),
        forgotten: () => other.clear(),
        refresh: ({ lease }) => lease.refresh(),
        ...(wait && { newer: () => other.json("/api/me") }),
      };
      for (const [name, way] of Object.entries(ways)) {
        world.server.reset();
        me();
        const tab = await open({ wait });
        const found = await tab.evaluate(async (way) => {
          one.hydrate(payload([["/api/me", { name: "rendered" }], ["/api/later", { name: "rendered" }]]));
          const showing = shown("/api/me");
          const begun = one.leaseOf(app, "/api/later");
          // What a page does when it begins has been done.
          await new Promise((later) => setTimeout(later, 50));
          await (0, eval)(way)(showing);
          return [await becomes(() => shows(showing.lease), "new"), shows(begun)];
        }, String(way));
        assert.equal(found[0], "new", name);
        assert.ok(world.server.requests("/api/me").filter(({ method }) => method === "GET").length <= (wait ? 1 : 2), `${name}: ${world.server.hits("/api/me")}`);
        await tab.close();
      }
    });
  }

  test("a query that was rendered hears of mutations, of labels of its objects, and of its own", async () => {
    for (const [name, way] of Object.entries({
      mutation: () => other.mutate("mutation R($name: String!) { rename(name: $name) { __typename id name } }", { name: "new" }),
      label: () => other.invalidate({ tags: ["Person:1"] }), type: () => other.invalidate({ types: ["Person"] }), forgotten: () => other.clear(),
    })) {
      world.server.reset();
      me();
      const tab = await open();
      const found = await tab.evaluate(async (way) => {
        const query = "query Me { me { __typename id name } }";
        one.hydrate(payload([[query, { me: { __typename: "Person", id: "1", name: "rendered" } }]]));
        const { lease } = shown(query);
        await new Promise((later) => setTimeout(later, 100));
        await (0, eval)(way)();
        return becomes(() => shows(lease), "new");
      }, String(way));
      assert.equal(found, "new", name);
      await tab.close();
    }
  });

  test("a write elsewhere asks for nothing that is shown, and what nobody shows yet is asked for when it is", async () => {
    me();
    world.server.on("/api/later", { json: { name: "new" } });
    const tab = await open();
    const found = await tab.evaluate(async () => {
      one.hydrate(payload([["/api/me", { name: "rendered" }], ["/api/later", { name: "rendered" }]]));
      const { texts } = shown("/api/me");
      await new Promise((later) => setTimeout(later, 100));
      await other.fetch("/api/else", { method: "POST" });
      const late = shown("/api/later");
      await becomes(() => shows(late.lease), "new");
      return [texts.join(), late.texts.join()];
    });
    assert.deepEqual(found, ["rendered", "…,new"]);
    assert.equal(world.server.hits("/api/me"), 0);
  });

  test("time does not go back: after a refresh and a remount, by another bundle, and from an epoch or a moment that is over", async () => {
    me();
    const tab = await open({ host: {} });
    const found = await tab.evaluate(async () => {
      const out = {};
      one.hydrate(payload([["/api/me", { name: "rendered" }]]));
      const first = shown("/api/me");
      first.lease.refresh();
      out.refreshed = await becomes(() => shows(first.lease), "new");
      first.stop();
      await new Promise((later) => setTimeout(later, 50));
      out.again = shown("/api/me").texts[0] !== "rendered";
      out.elsewhere = shown("/api/me", two, other).texts[0] !== "rendered";
      // Shown anew it is asked for, whatever has been heard meanwhile.
      one.hydrate(payload([["/api/left", { name: "rendered" }]]));
      shown("/api/left").stop();
      await new Promise((later) => setTimeout(later, 50));
      out.left = shown("/api/left").texts[0];
      // From long ago: shown, and asked for.
      one.hydrate(payload([["/api/old", { name: "rendered" }]], { at: Date.now() - 3_600_000 }));
      const old = shown("/api/old");
      out.old = [old.texts[0], await becomes(() => shows(old.lease), "new")];
      one.hydrate(payload([["/api/epoch", { name: "rendered" }]], { epoch: "before" }));
      out.epoch = shown("/api/epoch").texts[0];
      return out;
    });
    assert.deepEqual(found, { refreshed: "new", again: true, elsewhere: true, left: "…", old: ["rendered", "new"], epoch: "…" });
  });

  for (const framework of FRAMEWORKS) {
    test(`${framework}: what was rendered for one is not shown to another, hears of others' writes and of its own, and does not come back`, async () => {
      let name = "new";
      world.server.on("GET /api/a", () => ({ json: { name } }));
      world.server.on("PUT /api/a", ({ body }) => ((name = JSON.parse(body).name), { status: 204 }));
      const tab = await world.open();
      await tab.evaluate(async (page) => {
        const { connect, ready } = await import("/pkg/index.js");
        globalThis.framework = await import(`/tests/adapters/build/${page}.js`);
        globalThis.app = connect({ app: "mounted" });
        globalThis.other = connect({ app: "other" });
        globalThis.rename = (name) => app.fetch("/api/a", { method: "PUT", body: JSON.stringify({ name }) });
        await ready();
      }, framework);
      const mount = (id, kind) => tab.evaluate(async (id, kind) => {
        const place = document.body.appendChild(document.createElement("main"));
        place.id = id;
        const digest = Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("u1"))), (byte) => byte.toString(16).padStart(2, "0")).join("");
        const payload = JSON.stringify({ forebay: 2, at: Date.now(), person: digest, entries: [[framework.keyOf("/api/a"), "", { name: "rendered" }]] });
        globalThis.unmount = (await framework.mount(place, app, kind, { url: "/api/a", id }, { payload }))?.unmount;
      }, id, kind);
      const text = (id) => tab.evaluate((id) => document.getElementById(id).textContent.trim(), id);
      const shows = (id, wanted) => until(async () => (await text(id)) === wanted, `${id} shows ${wanted}`).catch(async (error) => { throw new Error(`${error.message}, not ${await text(id)}; ${tab.errors.join("; ")}`); });
      await tab.evaluate(() => app.identify("u1"));
      await mount("person", "One");
      await shows("person", "rendered");
      assert.equal(world.server.hits("/api/a"), 0);
      await tab.evaluate(() => app.identify("u2"));
      await shows("person", "new");
      await tab.evaluate(() => unmount());
      await tab.evaluate(() => app.identify("u1"));
      await mount("written", "One");
      await shows("written", "rendered");
      name = "written";
      await tab.evaluate(() => other.invalidate({ urls: ["/api/a"] }));
      await shows("written", "written");
      await tab.evaluate(() => unmount());
      // Its own change: never the server's first word again.
      await mount("own", "Change");
      await shows("own", "rendered");
      const texts = await tab.evaluate(async () => {
        const seen = [];
        const place = document.getElementById("own");
        const observer = new MutationObserver(() => seen.at(-1) !== place.textContent.trim() && seen.push(place.textContent.trim()));
        observer.observe(place, { childList: true, subtree: true, characterData: true });
        await mutate("mine");
        for (let n = 0; n < 100 && place.textContent.trim() !== "mine"; n += 1) await new Promise((later) => setTimeout(later, 20));
        await new Promise((later) => setTimeout(later, 200));
        observer.disconnect();
        return seen;
      });
      assert.ok(texts.length && texts.every((text) => /^mine( pending)?$/.test(text)), JSON.stringify(texts));
      assert.deepEqual(tab.errors, []);
    });
  }
});
