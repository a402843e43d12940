// Queries whose answers outlive a page, and which the tabs of an origin share.
import assert from "node:assert/strict";
import { test } from "node:test";
import { graphql } from "./executor.mjs";
import { atRest, inEachBrowser, queued, until } from "./harness.mjs";

const FRESH = { "cache-control": "private, max-age=600" };
const HOST = { manifest: { types: { Query: { fields: { viewer: "User", visits: "Visit" } }, Mutation: { fields: { rename: "User" } }, User: {}, Visit: {} } } };

inEachBrowser((world) => {
  const serve = (options) => {
    const api = graphql({ headers: FRESH, ...options });
    world.server.on("/graphql", api.answer);
    return api;
  };
  /** A tab with two apps of this person. */
  const open = async (person, host = {}) => {
    const tab = await world.open();
    await tab.evaluate(async (person, host) => {
      const forebay = await import("/pkg/index.js");
      forebay.configure(host);
      globalThis.outcomes = [];
      [globalThis.a, globalThis.b] = ["a", "b"].map((app) => forebay.connect({ app }));
      a.on("answer", ({ outcome }) => outcomes.push(outcome));
      if (person !== undefined) a.identify(person);
      await forebay.ready();
    }, person, host);
    return tab;
  };
  /** JSON of what several queries are answered that are asked in one task. */
  const ask = (tab, ...queries) => tab.evaluate(async (queries) => JSON.stringify(await Promise.all(queries.map((query, at) => [a, b][at % 2].query(...[query].flat())))), queries);
  const outcomes = (tab) => tab.evaluate(() => outcomes);
  test("answers to queries outlive the page, each in its own words", async () => {
    const api = serve();
    const one = await open("ann");
    const asked = ["query A { me: viewer { id aka: name } }", ["query B($id: ID!) { patient(id: $id) { name } viewer { role } }", { id: "7" }]];
    const answers = await ask(one, ...asked);
    assert.equal(answers, '[{"me":{"id":"u1","aka":"Ada"}},{"patient":{"name":"Patient 7"},"viewer":{"role":"nurse"}}]');
    await atRest(one);
    await one.close();
    const two = await open("ann");
    assert.equal(await ask(two, ...asked), answers);
    const [first, second] = await outcomes(two);
    assert.equal(first, "persisted");
    assert.match(second, /^(persisted|joined)$/);
    assert.equal(api.documents.length, 1);
    assert.deepEqual([...one.errors, ...two.errors], []);
  });

  test("one query alone, as it is written, is found again however it is written", async () => {
    const api = serve();
    const one = await open("ann", HOST);
    await ask(one, "query Long {\n  viewer { ...Names role }\n}\nfragment Names on User { id, name }");
    await atRest(one);
    await one.close();
    const two = await open("ann", HOST);
    await atRest(two);
    assert.equal(await ask(two, "{ viewer { id name role } }"), '[{"viewer":{"id":"u1","name":"Ada","role":"nurse"}}]');
    assert.deepEqual([await outcomes(two), api.documents.length], [["persisted"], 1]);
  });

  test("a smaller query is answered from disk; of a larger one only the rest is fetched", async () => {
    const api = serve();
    const one = await open("ann");
    await ask(one, "{ viewer { id name role } visits(first: 1) { id time } }");
    await atRest(one);
    await one.close();
    const two = await open("ann");
    await atRest(two);
    assert.equal(await ask(two, "{ v: viewer { r: role } }"), '[{"v":{"r":"nurse"}}]');
    assert.deepEqual([await outcomes(two), api.documents.length], [["persisted"], 1]);
    assert.equal(await ask(two, '{ viewer { name } patient(id: "1") { dob } }'), '[{"viewer":{"name":"Ada"},"patient":{"dob":"1970-01-01"}}]');
    assert.deepEqual(api.documents.slice(1), ['{patient(id:"1"){dob}}']);
    // Now also what was read from disk is in memory.
    assert.equal(await ask(two, "{ visits(first: 1) { id } }"), '[{"visits":[{"id":"v1"}]}]');
    assert.deepEqual((await outcomes(two)).slice(2), ["fresh"]);
    assert.equal(api.documents.length, 2);
  });

  test("what a mutation has touched does not come back from disk, nor does it make others' queries larger", async () => {
    const api = serve();
    const one = await open("ann", HOST);
    await ask(one, "{ viewer { id name role } }");
    await ask(one, "{ visits { id time } }");
    await atRest(one);
    await one.close();
    const two = await open("ann", HOST);
    await atRest(two);
    assert.equal(await ask(two, "{ viewer { name } }"), '[{"viewer":{"name":"Ada"}}]');
    await two.evaluate(() => b.mutate('mutation { rename(name: "Eve") { id __typename } }'));
    assert.equal(await ask(two, "{ viewer { name } }"), '[{"viewer":{"name":"Eve"}}]');
    assert.equal(api.documents.at(-1), "{ viewer { name } }");
    assert.equal(await ask(two, "{ visits { time } }"), '[{"visits":[{"time":"08:00"},{"time":"09:00"}]}]');
    assert.deepEqual((await outcomes(two)).filter((outcome) => outcome !== "bypassed"), ["persisted", "missed", "persisted"]);
    await atRest(two);
    await two.close();
    const three = await open("ann", HOST);
    await atRest(three);
    assert.equal(await ask(three, "{ viewer { name } }", "{ visits { id } }"), '[{"viewer":{"name":"Eve"}},{"visits":[{"id":"v1"},{"id":"v2"}]}]');
    assert.deepEqual(await outcomes(three), ["persisted", "persisted"]);
  });

  test("nothing is kept on disk that no header says is fresh, that has errors, or that is another person's", async () => {
    const headers = {};
    const api = serve({ headers, secret: ["email"] });
    const one = await open("ann");
    await ask(one, "{ viewer { id } }");
    Object.assign(headers, FRESH);
    await one.evaluate(() => a.query("{ viewer { email } }").catch(() => {}));
    await ask(one, "{ viewer { role } }");
    await atRest(one);
    await one.close();
    const asked = api.documents.length;
    const two = await open("ann");
    for (const field of ["id", "email", "role"]) await two.evaluate((field) => a.query(`{ viewer { ${field} } }`).catch(() => {}), field);
    assert.deepEqual((await outcomes(two)).at(-1), "persisted");
    assert.equal(api.documents.length, asked + 2);
    await two.close();
    const three = await open("bob");
    await atRest(three);
    await ask(three, "{ viewer { role } }");
    assert.deepEqual(await outcomes(three), ["missed"]);
  });

  test("tabs that ask for the same send it once, whether or not its answer may be kept", async () => {
    for (const [person, headers] of Object.entries({ ann: FRESH, bob: {} })) {
      // Firefox takes its time to wake tabs in the background.
      const api = serve({ headers, delay: 3_000 });
      const tabs = [await open(person), await open(person), await open(person)];
      const asked = ["query A { viewer { id name } }", 'query B { v: viewer { role } patient(id: "7") { dob } }'];
      const answers = await Promise.all(tabs.map((tab) => ask(tab, ...asked)));
      assert.deepEqual(new Set(answers), new Set(['[{"viewer":{"id":"u1","name":"Ada"}},{"v":{"role":"nurse"},"patient":{"dob":"1970-01-01"}}]']));
      assert.equal(api.documents.length, 1, api.documents.join("\n"));
      assert.equal((await Promise.all(tabs.map(outcomes))).flat().filter((outcome) => outcome === "joined" || outcome === "persisted").length >= 4, true);
      for (const tab of tabs) {
        assert.deepEqual(tab.errors, []);
        await tab.close();
      }
    }
  });

  test("when the tab that asks the server is closed, the next one asks", async () => {
    const api = graphql({ headers: FRESH });
    let hits = 0;
    world.server.on("/graphql", (request) => ((hits += 1) === 1 ? { hang: "head" } : api.answer(request)));
    const [one, two] = [await open("ann"), await open("ann")];
    one.evaluate(() => a.query("{ viewer { name } }")).catch(() => {});
    await until(() => hits === 1, "the first tab has asked");
    const waiting = ask(two, "query Other { viewer { name } }");
    await queued(two);
    assert.equal(hits, 1);
    await one.close();
    assert.equal(await waiting, '[{"viewer":{"name":"Ada"}}]');
    assert.equal(hits, 2);
  });

  test("a query asked after a mutation is not answered by another tab's older flight", async () => {
    const api = serve({ delay: 800 });
    const [one, two] = [await open("ann"), await open("ann")];
    const old = ask(one, "{ viewer { name } }");
    await until(() => api.documents.length === 1, "the first tab has asked");
    await new Promise((later) => setTimeout(later, 300));
    await two.evaluate(() => a.mutate('mutation { rename(name: "Eve") { id } }'));
    assert.equal(await ask(two, "{ viewer { name } }"), '[{"viewer":{"name":"Eve"}}]');
    await old;
    assert.equal(await ask(one, "{ viewer { name } }"), '[{"viewer":{"name":"Eve"}}]');
  });
});
