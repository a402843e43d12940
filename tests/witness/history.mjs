// Writes a history from a seed: what people, apps, tabs and the server do, in the order in which they do it. A step is plain
// data that needs no other: one whose tab, watch or caller is gone does nothing, so that a shrinker may drop any of them.
import { POLICIES, RULES } from "./resources.mjs";

const TABS = [0, 1, 2];
const PEOPLE = ["ann", "bo", "cy"];
const FRAMEWORKS = ["react", "vue", "svelte", "lit"];
const APPS = ["plain", ...FRAMEWORKS, "dropins"];

/** How callers write the same parameters, and what the server must see. */
const PARAMETERS = [
  { echo: "" }, { echo: "" }, { echo: "" },
  { variables: { q: "a" }, echo: "?q=a" },
  { variables: { q: "a", n: 2 }, echo: "?q=a&n=2" },
  { variables: { at: { $date: 0 } }, echo: "?at=1970-01-01T00%3A00%3A00.000Z" },
  // No form that a server would read alike: refused, or at least never two as one.
  { variables: { filter: { status: "open" } }, isRefused: true },
  { variables: { filter: { status: "closed" } }, isRefused: true },
];

/** Numbers from a seed, the same everywhere. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const draw = {
    chance: (share) => next() < share,
    whole: (below) => Math.floor(next() * below),
    one: (list) => list[draw.whole(list.length)],
    /** By weight. */
    of(weights) {
      let at = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      for (const [name, weight] of Object.entries(weights)) if ((at -= weight) < 0) return name;
      return Object.keys(weights)[0];
    },
    shuffled: (list) => list.map((item) => [next(), item]).sort(([one], [other]) => one - other).map(([, item]) => item),
  };
  return draw;
}

/** What a step is drawn by. */
const WEIGHTS = {
  ask: 34, burst: 8, write: 8, mutate: 5, change: 7, invalidate: 6, clear: 1, release: 14, settle: 2, person: 2.5, fault: 1.5, brokenAnswer: 2,
  reload: 1.5, bfcache: 0.7, freeze: 0.8, abort: 3, watch: 4, mount: 5, stop: 2, refresh: 2, configure: 0.7, peek: 2, prefetch: 2, forge: 0.7, deploy: 0.5, push: 0.7, wait: 0.3, again: 1.5,
};

/** The steps of one history. */
export function historyOf(seed, length = 100) {
  const draw = random(seed);
  const steps = [];
  const areInterchangeable = draw.chance(0.3);
  const tokens = areInterchangeable ? "interchangeable" : undefined;
  const host = { rules: RULES, ...(draw.chance(0.3) && { storage: draw.one([{ disk: false }, { encrypt: true }]) }) };
  const now = { person: undefined, watches: [], callers: [], writes: [] };
  let id = 0;
  // A history keeps to a few resources, lest its callers never meet.
  const focus = { policies: draw.shuffled(Object.keys(POLICIES)).slice(0, 3), parameters: draw.shuffled(PARAMETERS).slice(0, 3) };
  const anyPolicy = () => (draw.chance(0.85) ? draw.one(focus.policies) : draw.one(Object.keys(POLICIES)));
  const anyResource = () => `${anyPolicy()}/${draw.chance(0.75) ? 0 : 1}`;
  /** Of these the history's own rather than others. */
  const parameters = (allowed = PARAMETERS) => {
    const own = focus.parameters.filter((one) => allowed.includes(one));
    return own.length && draw.chance(0.8) ? draw.one(own) : draw.one(allowed);
  };
  const READABLE = PARAMETERS.filter(({ isRefused }) => !isRefused);
  /** What callers without a writer of parameters of ours write by hand. */
  const BY_HAND = PARAMETERS.slice(0, 5);

  const add = (...more) => void steps.push(...more);
  const named = (step) => ({ ...step, id: `${step.do}${(id += 1)}` });

  function boot(tab, isFirst) {
    const core = draw.of(isFirst ? { now: 7, late: 3, never: 0.6 } : { now: 6, late: 2, never: 0.3 });
    return {
      do: isFirst ? "open" : "reload", tab, core, host, ...(tab === 2 && draw.chance(0.4) && { isInstalled: true }),
      ...(draw.chance(0.85) && now.person !== undefined && { person: now.person, tokens }), ...(!isFirst && draw.chance(0.5) && { isHydrated: true }),
      // What is asked before the core can be there.
      early: Array.from({ length: draw.whole(4) }, () => draw.of({ ask: 5, write: 2, mutate: 1, watch: 1, invalidate: 1 })).map((kind) => MAKE[kind](tab)),
    };
  }

  /** A resource of REST with what callers write behind it. */
  function resource({ echo = "", variables, isRefused } = parameters()) {
    const name = anyResource();
    const base = `/api/${name}`;
    return { resource: name, base, url: base + echo, echo: base + echo, variables, isRefused };
  }

  function query() {
    const thing = draw.chance(0.7) ? 0 : 1;
    const fields = draw.of({ name: 4, both: 3, total: 2, variable: 2 });
    const of = (text, more) => ({ query: text, resource: `thing/${thing}`, echo: `thing/${thing}`, url: "/graphql", ...more });
    if (fields === "total") return of("{ total }", { resource: "total", echo: "total", fields: "total" });
    if (fields === "variable") return of("query Q($id: ID!) { thing(id: $id) { name } }", { variables: { id: String(thing) } });
    return of(`{ thing(id: "${thing}") { ${fields === "both" ? "id size name" : "name"} } }`);
  }

  const headers = () => ({
    ...(draw.chance(0.4) && { token: 1 + draw.whole(2) }), ...(draw.chance(0.2) && { tenant: draw.one(["north", "south"]) }), ...(draw.chance(0.25) && { flavour: draw.one(["sweet", "sour"]) }),
    ...(draw.chance(0.1) && { noise: String(draw.whole(1e6)) }), ...(draw.chance(0.3) && { form: draw.one(["headers", "array"]) }),
  });

  /** Something that may be asked by a door, in any of their ways. */
  const MAKE = {
    ask(tab) {
      const step = { do: "ask", tab, app: draw.one(APPS) };
      if (draw.chance(0.25)) {
        const door = step.app === "dropins" && draw.chance(0.5) ? "apollo" : "query";
        const what = door === "query" && draw.chance(0.08) ? { query: "{ secret }", resource: "secret", echo: "secret", fields: "secret", isForbidden: true } : query();
        // Apollo adds names of types, and takes no values beside the text here.
        return named({ ...step, door, ...(door === "apollo" && what.variables ? { ...what, query: `{ thing(id: "${what.variables.id}") { name } }`, variables: undefined } : what), ...(door === "query" && headers()), ...(draw.chance(0.2) && door === "query" && { endpoint: "/graphql?op=Read" }) });
      }
      if (step.app === "dropins" && draw.chance(0.7)) {
        const door = draw.one(["tanstack", "swr", "axios"]);
        const what = resource(parameters(door === "tanstack" ? PARAMETERS : BY_HAND));
        return named({ ...step, door, ...what, ...(door === "tanstack" ? { key: [what.base, ...(what.variables ? [what.variables] : [])] } : headers()) });
      }
      const door = draw.of({ fetch: 3, json: 5, install: tab === 2 ? 1.5 : 0, xhr: tab === 2 ? 0.7 : 0 });
      const isOurs = door === "fetch" || door === "json";
      const what = resource(parameters(READABLE));
      // A POST of which a rule says that it reads; what it asks for is in its body.
      if (door === "fetch" && draw.chance(0.12)) {
        const body = JSON.stringify({ q: draw.one(["a", "b"]) });
        return named({ ...step, door, resource: "post/0", base: "/api/post/0", url: "/api/post/0", echo: `/api/post/0 ${body}`, body, ...headers(), isRequest: draw.chance(0.5) });
      }
      return named({
        ...step, door, ...what, ...headers(), ...(isOurs && draw.chance(0.08) && { url: what.url.slice(1) }), ...(door === "fetch" && draw.chance(0.3) && { isRequest: true }), ...(draw.chance(0.15) && { isAbortable: true }),
        ...(isOurs && draw.chance(0.08) && { cache: draw.one(["no-cache", "reload"]) }), ...(isOurs && draw.chance(0.05) && { priority: draw.one(["background", "user-blocking"]) }),
        ...(isOurs && draw.chance(0.03) && { deadline: 40 }), ...(isOurs && draw.chance(0.2) && { retries: draw.whole(2) }),
      });
    },
    write(tab) {
      const { variables: _, ...what } = resource(draw.chance(0.6) ? PARAMETERS[0] : parameters(BY_HAND));
      const step = named({ do: "write", tab, app: draw.one(APPS), ...what, method: draw.one(["POST", "PUT", "DELETE", "PATCH"]), ...(draw.chance(0.2) && { isAbortable: true }) });
      now.writes.push(step);
      return step;
    },
    mutate(tab) {
      const thing = draw.chance(0.7) ? 0 : 1;
      return named({ do: "mutate", tab, app: draw.one(APPS), query: `mutation { bump(id: "${thing}") { ${draw.chance(0.5) ? "__typename id name" : "name"} } }`, thing: `thing/${thing}`, resource: `thing/${thing}`, echo: `thing/${thing}`, ...(draw.chance(0.2) && { endpoint: "/graphql?op=Bump" }) });
    },
    watch(tab) {
      const step = named({ do: "watch", tab, app: draw.one(APPS), ...(draw.chance(0.35) ? query() : resource(parameters(BY_HAND))), ...headers() });
      now.watches.push(step);
      return step;
    },
    invalidate(tab) {
      const { resource: name, base } = resource(PARAMETERS[0]);
      const policy = name.split("/")[0];
      const app = draw.one(APPS);
      // `covers`: which of the server's versions are known to be out of date after it; the world adds them.
      return named({ do: "invalidate", tab, app, ...draw.one([
        { what: { urls: [base] }, covers: { url: base } }, { what: { urls: [`/api/${policy}/*`] }, covers: { resources: [`${policy}/0`, `${policy}/1`] } },
        { what: { urls: ["/api/*"] }, covers: { isAll: true } }, { what: { tags: ["ttl"] }, covers: { resources: ["ttl/0", "ttl/1"] } },
      ]) });
    },
  };

  const DO = {
    ask: (tab) => add(MAKE.ask(tab)),
    /** Several apps in one task, alike but for some detail. */
    burst(tab) {
      const first = MAKE.ask(tab);
      if (/tanstack|apollo/.test(first.door)) return add(first);
      const others = Array.from({ length: 1 + draw.whole(3) }, () => {
        const { token: _t, tenant: _n, flavour: _f, noise: _x, ...same } = first;
        return draw.chance(0.2) ? MAKE.ask(tab) : named({ ...same, app: first.app === "dropins" ? "dropins" : draw.one(APPS), ...(draw.chance(0.6) ? headers() : { token: first.token, tenant: first.tenant, flavour: first.flavour }) });
      });
      add({ do: "together", tab, steps: [first, ...others] });
    },
    /** The same again, while it is at hand, and after it is out of date. */
    again(tab) {
      const { isAbortable: _, deadline: _d, ...first } = MAKE.ask(tab);
      const other = draw.chance(0.7) ? tab : draw.one(TABS);
      const outdates = first.base ? named({ do: "invalidate", tab: other, app: draw.one(APPS), what: { urls: [`${first.base}*`] }, covers: { resources: [first.resource] } }) : MAKE.mutate(other);
      add(first, { do: "settle" }, named({ ...first }), { do: "change", resource: first.resource }, outdates, { do: "settle" }, named({ ...first }));
    },
    write(tab) {
      add(MAKE.write(tab));
      if (draw.chance(0.3)) add({ do: "settle" }, MAKE.ask(tab));
    },
    mutate: (tab) => add(MAKE.mutate(tab)),
    change: () => add({ do: "change", resource: draw.chance(0.8) ? anyResource() : `thing/${draw.chance(0.7) ? 0 : 1}` }),
    invalidate(tab) {
      const invalidate = MAKE.invalidate(tab);
      const { url, resources } = invalidate.covers;
      const touched = resources ? draw.one(resources) : url?.slice(5);
      if (touched && draw.chance(0.7)) add({ do: "change", resource: touched });
      add(invalidate);
    },
    clear: (tab) => add(named({ do: "clear", tab, app: draw.one(APPS), covers: { isAll: "graphql too" } })),
    release: () => add({ do: "release", pick: draw.whole(5), isHeadOnly: draw.chance(0.25) }),
    settle: () => add({ do: "settle" }),
    /** Until pages whose core has not come go on without it. */
    wait: () => add({ do: "wait" }),
    person() {
      now.person = draw.one(PEOPLE.filter((one) => one !== now.person).concat(draw.chance(0.15) ? [null] : []));
      add({ do: "login", person: now.person });
      // Some pages come anew, out of a cache that knows nothing of it.
      for (const tab of draw.shuffled(TABS)) {
        if (draw.chance(0.15)) {
          DO.reload(tab);
          continue;
        }
        if (draw.chance(0.4)) add(MAKE.ask(draw.one(TABS)));
        const identify = named({ do: "identify", tab, app: draw.one(APPS), who: now.person, tokens });
        // What is asked in the same task, before and after.
        add(draw.chance(0.5) ? { do: "together", tab, steps: [...(draw.chance(0.7) ? [MAKE[draw.of({ ask: 5, mutate: 1, write: 1, watch: 1 })](tab)] : []), identify, ...(draw.chance(0.7) ? [MAKE.ask(tab)] : [])] } : identify);
      }
    },
    /** Who asks after a failure asks the server. */
    fault(tab) {
      const what = resource(PARAMETERS[0]);
      const ask = { do: "ask", tab, app: draw.one(APPS), door: "json", ...what };
      add({ do: "fault", resource: what.resource, kind: draw.one([500, 500, 403]) }, named(ask), { do: draw.chance(0.5) ? "release" : "settle", pick: 0 }, named(ask));
    },
    brokenAnswer: () => add({ do: "fault", resource: draw.chance(0.8) ? anyResource() : "graphql", kind: draw.one([500, 500, 503, 401, 403, "cut"]) }),
    /** What its components showed is asked for again, by components. */
    reload(tab) {
      const again = now.watches.filter((one) => one.do === "mount" && one.tab === tab).slice(-2);
      add(boot(tab, false), ...again.map((one) => named({ ...one })));
      now.watches.push(...steps.slice(-again.length || Infinity));
    },
    /** What was asked for by a relative URL means what it meant then. */
    push: (tab) => add({ do: "together", tab, steps: [MAKE.ask(tab), { do: "push", to: "/deep/page.html" }, { do: "push", to: "/page.html" }] }),
    bfcache: (tab) => add({ do: "bfcache", tab }),
    freeze(tab) {
      const others = TABS.filter((other) => other !== tab);
      add({ do: "freeze", tab });
      for (let at = draw.whole(5); at >= 0; at -= 1) add(MAKE[draw.of({ ask: 4, write: 2, mutate: 1 })](draw.one(others)));
      add({ do: "thaw", tab });
    },
    abort: (tab) => add(draw.chance(0.3) && now.writes.length ? { do: "abort", ...pickOf(now.writes) } : { do: "abort", tab, isLatest: true }),
    watch: (tab) => add(MAKE.watch(tab)),
    mount(tab) {
      const what = draw.chance(0.3) ? query() : resource(parameters());
      const step = named({ do: "mount", tab, app: draw.one(FRAMEWORKS), ...what, url: what.base ?? what.url, ...headers() });
      now.watches.push(step);
      add(step);
    },
    stop: () => now.watches.length && add({ do: "stop", ...pickOf(now.watches) }),
    refresh: () => now.watches.length && add({ do: "refresh", ...pickOf(now.watches) }),
    configure: (tab) => add({ do: "configure", tab, app: "plain", options: draw.one([{ rules: RULES }, { memory: 1 << 20 }, { rules: [...RULES, { match: "/api/none/:n", ignoreParams: ["nothing"] }] }]) }),
    peek: (tab) => add(named({ do: "peek", tab, app: draw.one(APPS), ...resource(parameters(BY_HAND)), ...headers() })),
    prefetch: (tab) => add(named({ do: "prefetch", tab, app: draw.one(APPS), ...resource(parameters(BY_HAND)), ...headers() })),
    forge: (tab) => add({ do: "forge", tab, message: draw.one(FORGED) }),
    deploy: (tab) => add({ do: "deploy" }, ...(draw.chance(0.7) ? [boot(tab, false)] : [])),
  };

  const pickOf = (list) => (({ id, tab }) => ({ id, tab }))(draw.one(list.slice(-6)));

  if (draw.chance(0.85)) {
    now.person = draw.one(PEOPLE);
    add({ do: "login", person: now.person });
  }
  add(boot(0, true), boot(1, true), boot(2, true));
  while (steps.length < length) DO[draw.of(WEIGHTS)](draw.one(TABS));
  return steps.slice(0, length);
}

/** What a foreign hand might say where tabs speak. */
const FORGED = [
  { doubt: ["memory", []], tab: 1, count: 1 }, { doubt: ["__wbindgen_start", []], tab: 1, count: 1 }, { doubt: ["invalidate", [3, "x"]], tab: "a", count: {} },
  { key: "zz", say: 7 }, { key: "0".repeat(64), words: [1, 2, 3], m: [null, null, null], b: "x", arrived: "y" }, { hello: {} }, { here: "x", to: {}, count: -1 }, { person: 7 }, { log: false }, null, 7, "x", [], {},
];
