// Queries of several apps over a real executor: what is shared, what is cut out, and what is sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "graphql";
import { graphql } from "./executor.mjs";
import { inEachBrowser } from "./harness.mjs";

const TYPES = {
  Query: { fields: { viewer: "User", patient: "Patient", visits: "Visit" } },
  Mutation: { fields: { reschedule: "Visit", rename: "User" } },
  User: { fields: { friend: "User" } }, Patient: { fields: { visits: "Visit" } }, Visit: {},
};

inEachBrowser((world) => {
  const server = new Proxy({}, { get: (_, name) => world.server[name] });
  const run = async (api, inside, { host = {}, wait = true } = {}, ...more) => {
    server.on("/graphql", api.answer);
    const tab = await world.open();
    await tab.evaluate(async (host, wait) => {
      globalThis.forebay = await import("/pkg/index.js");
      forebay.configure(host);
      globalThis.sleep = (ms) => new Promise((done) => setTimeout(done, ms));
      globalThis.failure = (call) => Promise.resolve().then(call).then((value) => ({ value }), ({ name, code, message, data, errors }) => ({ name, code, message, data, errors }));
      [globalThis.a, globalThis.b, globalThis.c] = ["a", "b", "c"].map((app) => forebay.connect({ app }));
      if (wait) await forebay.ready();
    }, host, wait);
    return tab.evaluate(inside, ...more);
  };

  test("what several apps ask for in one task is one operation, and each is given its own", async () => {
    const api = graphql();
    const answers = await run(api, async () => {
      const answers = await Promise.all([
        a.query("query A { viewer { id name } }"),
        b.query("query B($id: ID!) { me: viewer { role aka: name } patient(id: $id) { name } }", { id: "7" }),
        c.query('{ patient(id: "7") { dob id } patient2: patient(id: "8") { id } }'),
      ]);
      return { answers: JSON.stringify(answers), frozen: Object.isFrozen(answers[1].me), report: a.report().counts };
    });
    assert.equal(answers.answers, JSON.stringify([
      { viewer: { id: "u1", name: "Ada" } },
      { me: { role: "nurse", aka: "Ada" }, patient: { name: "Patient 7" } },
      { patient: { dob: "1970-01-01", id: "7" }, patient2: { id: "8" } },
    ]));
    assert.equal(answers.frozen, true);
    assert.equal(api.documents.length, 1, api.documents.join("\n"));
    assert.equal(answers.report.sent, 1);
  });

  test("a smaller query joins a larger one in flight; one that wants more fetches only the rest", async () => {
    const api = graphql({ delay: 600 });
    const answers = await run(api, async () => {
      const large = a.query("{ viewer { id name role } visits { id } }");
      while (!a.report().counts.sent) await sleep(10);
      const answers = await Promise.all([large, b.query("{ viewer { name } }"), c.query('{ viewer { role } patient(id: "1") { name } }')]);
      return { answers: JSON.stringify(answers.slice(1)), counts: a.report().counts };
    });
    assert.equal(answers.answers, JSON.stringify([{ viewer: { name: "Ada" } }, { viewer: { role: "nurse" }, patient: { name: "Patient 1" } }]));
    assert.deepEqual(api.documents, ["{ viewer { id name role } visits { id } }", 'query($v1:ID!){patient(id:$v1){name}}'].map((text, n) => (n ? '{patient(id:"1"){name}}' : text)));
    assert.equal(answers.counts.joined, 1);
  });

  test("a fresh answer answers smaller queries, and a repeat is the same object without asking anybody", async () => {
    const api = graphql({ headers: { "cache-control": "private, max-age=60" } });
    const { same, value } = await run(api, async () => {
      await a.query("{ viewer { id name role } }");
      const first = await b.query("{ v: viewer { role } }");
      const again = await b.query("{ v: viewer { role } }");
      return { same: first === again, value: JSON.stringify(again) };
    });
    assert.deepEqual({ same, value }, { same: true, value: '{"v":{"role":"nurse"}}' });
    assert.equal(api.documents.length, 1);
  });

  test("somebody else's failing field costs nobody else's answer", async () => {
    const api = graphql({ secret: ["email"] });
    const answers = await run(api, async () => {
      const answers = await Promise.all([
        a.query("{ viewer { id name } }"),
        failure(() => b.query("{ viewer { mail: email } }")),
        c.query('{ patient(id: "1") { id } }'),
      ]);
      return answers.map((answer) => JSON.stringify(answer));
    });
    assert.equal(answers[0], '{"viewer":{"id":"u1","name":"Ada"}}');
    const failed = JSON.parse(answers[1]);
    assert.equal(failed.code, "graphql");
    assert.deepEqual(failed.errors[0].path, ["viewer", "mail"]);
    assert.deepEqual(failed.data, { viewer: null });
    assert.equal(answers[2], '{"patient":{"id":"1"}}');
    assert.ok(api.documents.length <= 2, api.documents.join("\n"));
  });

  test("an invalid query fails alone, and says what the server says", async () => {
    const api = graphql();
    const [good, bad] = await run(api, () => Promise.all([a.query("{ viewer { id } }"), failure(() => b.query("{ viewer { nonsense } }"))]));
    assert.deepEqual(good, { viewer: { id: "u1" } });
    assert.equal(bad.code, "graphql");
    assert.match(bad.message, /Cannot query field "nonsense"/);
  });

  test("a document that cannot be read is sent as it is, with a warning that says where", async () => {
    const api = graphql();
    server.on("/graphql", { json: { data: { fine: 1 } } });
    api.answer = { json: { data: { fine: 1 } } };
    const { value, warning } = await run(api, async () => {
      const warnings = [];
      a.on("warning", ({ code, message }) => warnings.push([code, message]));
      await sleep(20);
      const value = await a.query("{ viewer { id }\n  } oops");
      await sleep(20);
      return { value, warning: warnings[0] };
    });
    assert.deepEqual(value, { fine: 1 });
    assert.equal(warning[0], "invalid-document");
    assert.match(warning[1], /line 2, column 5: .*found "oops"/);
  });

  test("watched queries hear of a mutation, each once, in one operation; unchanged parts stay the same objects", async () => {
    const api = graphql();
    const { heard, same, elsewhere } = await run(api, async () => {
      const heard = { a: [], b: [], c: [] };
      a.watch({ query: "{ visits { id time } }" }, ({ data }) => heard.a.push(data));
      b.watch({ query: "{ visits { id clinician } }" }, ({ data }) => heard.b.push(data));
      c.watch({ query: "{ viewer { name } }" }, ({ data }) => heard.c.push(data));
      while (!heard.a.length || !heard.b.length || !heard.c.length) await sleep(5);
      const { reschedule } = await a.mutate("mutation($id: ID!, $time: String!) { reschedule(id: $id, time: $time) { id time } }", { id: "v1", time: "10:00" });
      const now = (await b.query("{ visits { id time } }")).visits[0].time;
      await sleep(150);
      return {
        heard: [heard.a.map(({ visits }) => visits[0].time), heard.b.length, heard.c.length, reschedule.time, now],
        same: heard.a[0].visits[1] === heard.a[1].visits[1] && heard.a[0].visits[0] !== heard.a[1].visits[0],
        elsewhere: heard.a[0] !== heard.a[1],
      };
    }, { host: { manifest: { types: TYPES } } });
    // Who shows clinicians only is told nothing: nothing that it shows has changed.
    assert.deepEqual(heard, [["08:00", "10:00"], 1, 1, "10:00", "10:00"]);
    assert.ok(same && elsewhere);
    assert.equal(api.documents.filter((text) => text.includes("visits")).length, 2, api.documents.join("\n"));
    assert.equal(api.documents.filter((text) => text.includes("viewer")).length, 1);
  });

  test("without types a mutation makes everything from its endpoint out of date", async () => {
    const api = graphql({ headers: { "cache-control": "max-age=60" } });
    const name = await run(api, async () => {
      await a.query("{ viewer { name } }");
      await b.mutate('mutation { rename(name: "Eve") { id } }');
      return (await a.query("{ viewer { name } }")).viewer.name;
    });
    assert.equal(name, "Eve");
  });

  test("mutations go out one after the other", async () => {
    const api = graphql({ delay: 60 });
    const name = await run(api, async () => {
      const names = ["B", "C", "D"].map((name) => a.mutate("mutation($n: String!) { rename(name: $n) { name } }", { n: name }));
      return (await Promise.all(names)).map(({ rename }) => rename.name).join("");
    });
    assert.equal(name, "BCD");
    assert.equal(api.data.viewer.name, "D");
  });

  test("what the manifest foresees is fetched by whoever asks first", async () => {
    const api = graphql({ headers: { "cache-control": "max-age=60" } });
    const answers = await run(api, async () => {
      const first = await a.query("query($pid: ID!) { patient(id: $pid) { id name } }", { pid: "7" });
      const second = await b.query("query P($id: ID!) { patient(id: $id) { id dob } }", { id: "7" });
      return JSON.stringify([first, second]);
    }, { host: { manifest: { documents: ["query P($id: ID!) { patient(id: $id) { id dob } }"] } } });
    assert.equal(answers, '[{"patient":{"id":"7","name":"Patient 7"}},{"patient":{"id":"7","dob":"1970-01-01"}}]');
    assert.equal(api.documents.length, 1, api.documents.join("\n"));
  });

  test("a caller that leaves takes nobody with it", async () => {
    const api = graphql({ delay: 100 });
    const [left, stayed] = await run(api, async () => {
      const leaving = new AbortController();
      const calls = [failure(() => a.query("{ viewer { id } }", undefined, { signal: leaving.signal })), b.query("{ viewer { name } }")];
      setTimeout(() => leaving.abort(), 40);
      return Promise.all(calls);
    });
    assert.equal(left.name, "AbortError");
    assert.deepEqual(stayed, { viewer: { name: "Ada" } });
  });

  test("trees of documents, with and without their source", async () => {
    const api = graphql();
    const tree = parse("query Q($id: ID!) { patient(id: $id) { ...P } } fragment P on Patient { id name }", { noLocation: true });
    const value = await run(api, (tree) => a.query(tree, { id: "3" }), {}, JSON.parse(JSON.stringify(tree)));
    assert.deepEqual(value, { patient: { id: "3", name: "Patient 3" } });
  });

  test("queries that are asked before the core is there are shared all the same", async () => {
    const api = graphql();
    const values = await run(api, () => Promise.all([a.query("{ viewer { id } }"), b.query("{ viewer { name id } }")]), { wait: false });
    assert.deepEqual(values, [{ viewer: { id: "u1" } }, { viewer: { name: "Ada", id: "u1" } }]);
    assert.equal(api.documents.length, 1);
  });

  test("who asks is told the headers of the response that the data came in, however it was shared", async () => {
    const api = graphql({ headers: { "cache-control": "max-age=60", "x-trace": "t-1" } });
    const told = await run(api, async () => {
      const told = {};
      const ask = (app, name, query) => app.query(query, undefined, { onResponse: ({ headers }) => (told[name] = headers?.get("x-trace") ?? "none") });
      await Promise.all([ask(a, "larger", "{ viewer { id name } }"), ask(b, "joined", "{ viewer { name } }")]);
      await ask(b, "cached", "{ viewer { id } }");
      await ask(b, "again", "{ viewer { id } }");
      await ask(c, "of several", '{ viewer { name } patient(id: "1") { name } }');
      await a.mutate('mutation { rename(name: "Eve") { name } }', undefined, { onResponse: ({ headers }) => (told.mutation = headers.get("x-trace")) });
      return told;
    });
    assert.deepEqual(told, { larger: "t-1", joined: "t-1", cached: "t-1", again: "t-1", "of several": "none", mutation: "t-1" });
    assert.equal(api.documents.length, 3, api.documents.join("\n"));
  });

  test("who cannot wait is sent at once, and a deferred query by itself", async () => {
    const api = graphql();
    const deferred = "{ viewer { name ... @defer { role } } }";
    const failed = await run(api, async (deferred) => {
      const calls = [a.query("{ viewer { id } }", undefined, { priority: "user-blocking" }), b.query("{ viewer { name } }"), failure(() => c.query(deferred))];
      return (await Promise.all(calls))[2];
    }, {}, deferred);
    // Over connections of their own they come in any order.
    assert.deepEqual(api.documents.toSorted(), [deferred, "{ viewer { id } }", "{ viewer { name } }"].toSorted());
    // This server knows no such directive, and says so to the one who used it.
    assert.equal(failed.code, "graphql");
  });

  for (const part of ["graphql.wasm", "graphql.js"]) {
    test(`without ${part} operations are sent as they are, and REST is shared all the same`, async () => {
      const api = graphql();
      server.on(`/pkg/${part}`, { status: 404 });
      server.on("/api/a", ({ hit }) => ({ json: { hit } }));
      const other = [];
      server.on("/other", ({ headers, body }) => (other.push([headers["x-tenant"], JSON.parse(body).operationName]), { json: { data: {} } }));
      const seen = await run(api, async () => {
        const warnings = [];
        a.on("warning", ({ code }) => warnings.push(code));
        const told = [];
        const watch = b.watch({ query: "{ viewer { id } }" }, ({ data }) => told.push(data));
        const answers = await Promise.all([a.query("{ viewer { id } }"), b.query("query($id: ID!) { patient(id: $id) { id } }", { id: "7" })]);
        const written = await a.mutate('mutation { rename(name: "Eve") { name } }');
        const failed = await failure(() => a.query("{ nonsense }"));
        const ways = { endpoint: "/other", headers: { "x-tenant": "t1" }, operationName: "B" };
        await a.query("query A { viewer { id } } query B { viewer { name } }", undefined, ways);
        while (!told[1]) await sleep(5); // once more after the mutation
        watch.stop();
        const rest = (await Promise.all([a.json("/api/a"), b.json("/api/a")])).map(({ hit }) => hit);
        return { answers, written, failed: failed.code, told, warnings: [...new Set(warnings)], rest, mode: a.report().mode };
      });
      assert.deepEqual(seen, {
        answers: [{ viewer: { id: "u1" } }, { patient: { id: "7" } }], written: { rename: { name: "Eve" } }, failed: seen.failed,
        told: [{ viewer: { id: "u1" } }, { viewer: { id: "u1" } }], warnings: ["wasm-unavailable"], rest: [1, 1], mode: "shared",
      });
      assert.deepEqual(other, [["t1", "B"]]);
      // The server says 400 with errors: without their reader that is a status, else what the errors say.
      assert.match(seen.failed, /^(graphql|http-status)$/);
    });
  }
});
