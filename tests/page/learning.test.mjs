// What is learned from a person: kept for that person, in all tabs, and gone with them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachBrowser, until } from "./harness.mjs";

/** A page with a broker and a ranker that learns; `globalThis.me` acts. */
const begin = async (tab, person, options = {}) => tab.evaluate(async (person, options) => {
  const { configure, connect, ready } = await import("/pkg/index.js");
  configure(options);
  const shell = connect({ app: "shell" });
  if (person !== undefined) shell.identify(person);
  await ready();
  globalThis.me = { identify: (id) => shell.identify(id) };
  const file = await (await fetch("/tests/data/decisions/inbox.forebay")).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
  const { load } = await import("/pkg/decisions.js");
  const decisions = await load();
  const models = [{ bytes: new Uint8Array(file), sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") }];
  const ranker = await decisions.ranker({ models, learn: true });
  const item = { priority: 3, createdAt: 0, author: "ann", type: "task", size: 1, app: "mail" };
  Object.assign(globalThis.me, {
    ranker,
    feedback: (what = "opened") => ranker.feedback(item, what, 0),
    learned: () => String(ranker.learned()),
    another: async () => String((await decisions.ranker({ models, learn: true })).learned()),
  });
}, person, options);

const learned = (tab) => tab.evaluate(() => me.learned());
const feedback = (tab) => tab.evaluate(() => me.feedback());
/** The notes that lie on disk. */
const notes = (tab) => tab.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("forebay");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const db = opening.result;
    const all = db.transaction("state").objectStore("state");
    const keys = all.getAllKeys();
    const values = all.getAll();
    values.onsuccess = () => {
      db.close();
      resolve(keys.result.flatMap((key, at) => (Array.isArray(key) && key.length === 2 && values.result[at] ? [key[1]] : [])));
    };
  };
}));

inEachBrowser((world) => {
  test("it is there after a reload and in another tab, and what one tab learns the other knows", async () => {
    const first = await world.open();
    await begin(first, "ann");
    const nothing = await learned(first);
    assert.equal(await feedback(first), true);
    const once = await learned(first);
    assert.notEqual(once, nothing);
    await until(async () => (await notes(first)).length, "it is written");
    assert.deepEqual(await notes(first), ["note learned inbox"]);

    const second = await world.open();
    await begin(second, "ann");
    assert.equal(await learned(second), once);
    await feedback(second);
    const twice = await learned(second);
    await until(async () => (await learned(first)) === twice, "the first tab hears of it");
    // Written as the page goes.
    await first.evaluate(() => me.feedback());
    const thrice = await learned(first);
    await first.reload();
    await begin(first, "ann");
    assert.equal(await learned(first), thrice);
    await first.evaluate(() => me.ranker.forget());
    assert.equal(await learned(first), nothing);
    await until(async () => (await learned(second)) === nothing, "the second tab forgets too");
    assert.deepEqual([first.errors, second.errors], [[], []]);
  });

  test("another person finds nothing of it, in no tab and not on disk; and the first does not find it again", async () => {
    const [first, second] = [await world.open(), await world.open()];
    await begin(first, "ann");
    await begin(second, "ann");
    const nothing = await learned(first);
    await feedback(first);
    await until(async () => (await learned(second)) !== nothing, "the second tab hears of it");
    await until(async () => (await notes(first)).length, "it is written");

    assert.equal(await first.evaluate(() => (me.identify("bob"), me.learned())), nothing);
    await until(async () => (await learned(second)) === nothing, "the second tab forgets");
    await until(async () => !(await notes(first)).length, "the disk is cleared");
    // Whose tab it is now is not known: it learns, and keeps nothing.
    await feedback(second);
    assert.notEqual(await learned(second), nothing);
    await feedback(first);
    await until(async () => (await notes(first)).length, "what was learned from the other is written");
    assert.deepEqual(await notes(first), ["note learned inbox"]);

    await second.evaluate(() => me.identify("ann"));
    assert.equal(await learned(second), nothing);
    await until(async () => (await learned(first)) === nothing, "the first tab forgets in its turn");
    assert.equal(await second.evaluate(() => me.another()), nothing);
  });

  test("who goes is forgotten also by a page that does not rank", async () => {
    const first = await world.open();
    await begin(first, "ann");
    const nothing = await learned(first);
    await feedback(first);
    await until(async () => (await notes(first)).length, "it is written");
    await first.goto(world.server.url("/blank.html"));
    await first.evaluate(async () => {
      const { connect, ready } = await import("/pkg/index.js");
      connect({ app: "shell" }).identify(null);
      await ready();
    });
    await until(async () => !(await notes(first)).length, "the disk is cleared");
    await first.reload();
    await begin(first, "ann");
    assert.equal(await learned(first), nothing);
  });

  test("of nobody, and where nothing may be stored or not in clear, nothing lies on disk", async () => {
    for (const [person, options] of [[undefined, {}], [null, {}], ["ann", { storage: { disk: false } }], ["ann", { storage: { encrypt: true } }]]) {
      const tab = await world.open();
      await begin(tab, person, options);
      const nothing = await learned(tab);
      await feedback(tab);
      assert.notEqual(await learned(tab), nothing);
      // Leaving is when it would be written at the latest.
      await tab.reload();
      if (!options.storage) assert.deepEqual(await notes(tab), []);
      await begin(tab, person, options);
      assert.equal(await learned(tab), nothing, JSON.stringify([person, options]));
      await tab.close();
    }
  });
});
