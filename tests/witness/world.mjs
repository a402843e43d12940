// Carries a history out: a browser's profile with three tabs, and the server. What the tabs record is brought together here.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const VERSION = JSON.parse(readFileSync(new URL("../../pkg-template/package.json", import.meta.url), "utf8")).version;
/** Where Forebay's tabs speak. */
const CHANNEL = `forebay ${VERSION}`;
/** Whether hosts can say of which build their data's shape is. */
const HAS_EPOCH = readFileSync(new URL("../../pkg-template/src/api.ts", import.meta.url), "utf8").includes("epoch?: string");
/** A step that has the server asked is over when it was, or when nothing has come for so long. The verdict does not depend on it. */
const PACE_MS = Number(process.env.WITNESS_PACE ?? 6);
/** A page whose core has not come goes on without it after three seconds. */
const PATIENCE_MS = 3_200;
/** Until when everybody must have been answered once nothing is held any more; retries and turns of other tabs included. */
const SETTLE_MS = 8_000;

/** One history at a time. */
export class World {
  /** @param {import("puppeteer-core").Browser} browser @param {Awaited<ReturnType<import("./server.mjs").startWitnessServer>>} server */
  constructor(browser, server, engine) {
    Object.assign(this, { browser, server, engine });
  }

  /** Carries the steps out. Returns what the oracle judges. */
  async play(steps, seed) {
    this.server.reset(seed);
    this.profile = await this.browser.createBrowserContext();
    this.tabs = new Map();
    this.records = [];
    this.errors = [];
    this.floors = { url: {}, resource: {} };
    this.seen = new Set();
    this.cookie = "-";
    this.loads = 0;
    try {
      for (const [at, step] of steps.entries()) {
        Object.assign(this, { at, doing: step });
        await this.#do(step);
      }
      Object.assign(this, { at: steps.length, doing: "what comes after the last" });
      await this.#finish();
    } finally {
      this.server.hold(false);
      await this.profile.close().catch(() => {});
    }
    return { records: this.records, errors: this.errors, log: this.server.log, unsettled: this.unsettled, watches: this.watches };
  }

  async #do(step) {
    const { server } = this;
    const tab = this.tabs.get(step.tab);
    switch (step.do) {
      case "open": return this.#boot(step);
      case "change": return void server.change(step.resource);
      case "deploy": return void server.deploy();
      case "fault": return server.fault(step.resource, step.kind);
      case "release": return server.release(step.pick, step.isHeadOnly);
      case "settle": return this.#quiet();
      case "login": return this.#login(step.person);
      case "wait": return sleep(PATIENCE_MS);
    }
    if (!tab) return;
    if (step.do === "thaw") return this.#thaw(tab);
    await this.#thaw(tab);
    switch (step.do) {
      case "reload": return this.#boot(step);
      case "bfcache": return this.#leaveAndReturn(tab);
      case "freeze": return this.#freeze(tab);
      case "abort": return this.#abort(step, tab);
      case "forge": step = { ...step, channel: CHANNEL };
    }
    const arrival = /ask|together|write|mutate|watch|mount/.test(step.do) ? server.arrival(PACE_MS) : undefined;
    await this.#perform(tab, step);
    await arrival;
  }

  async #perform(tab, step) {
    const now = this.server.versions();
    const facts = (one) => ({ ...one, step: this.at, now: now[one.resource] ?? 1, cookie: this.cookie, ...(one.covers && { covers: this.#covered(one.covers, now) }), ...(one.steps && { steps: one.steps.map(facts) }) });
    this.#take(tab, await this.#evaluate(tab, (step) => witness.perform(step), facts(step)));
  }

  /** What is out of date after an invalidation: all that the server had until now. */
  #covered({ url, resources, isAll }, now) {
    if (url) return [["url", url, now[url.slice(5)] ?? 1]];
    return (isAll ? Object.keys(now).filter((name) => name !== "clock" && (isAll === "graphql too" || !/^(thing|total)/.test(name))) : resources).map((name) => ["resource", name, now[name] ?? 1]);
  }

  async #evaluate(tab, work, ...given) {
    return tab.page.evaluate(work, ...given);
  }

  #take(tab, records) {
    for (const record of records ?? []) this.records.push({ cookie: this.cookie, ...record, tab: tab.number });
  }

  async #boot({ tab: number, core, host, early, isInstalled, person, tokens, isHydrated }) {
    let tab = this.tabs.get(number);
    let payload;
    if (tab) {
      // A page out of some cache may have been rendered for who was there before.
      if (isHydrated) payload = tab.rendered?.person !== undefined && tab.rendered.person !== person ? tab.rendered.payload : await this.#evaluate(tab, () => witness.dehydrated()).catch(() => undefined);
      await this.#remember(tab);
      this.records.push({ type: "unloaded", tab: number, load: tab.load });
    } else {
      const page = await this.profile.newPage();
      page.setDefaultTimeout(15_000);
      tab = { number, page };
      page.on("pageerror", (error) => this.errors.push({ tab: number, step: this.at, message: String(error?.message ?? error) }));
      this.tabs.set(number, tab);
    }
    tab.load = this.loads += 1;
    tab.core = core === "late" ? `late${tab.load}` : core === "never" ? core : "now";
    await tab.page.goto(`${this.server.origin}/page.html?tab=${number}`);
    // A tab behind another paints nothing, and puppeteer would wait for that.
    while (!(await tab.page.evaluate(() => !!globalThis.witness))) await sleep(2);
    const options = { ...host, ...(HAS_EPOCH && { epoch: `build ${this.server.epoch}` }), ...(core !== "now" && { wasm: `${this.server.code}/forebay.wasm?core=${tab.core}` }) };
    const now = this.server.versions();
    const facts = (one) => ({ ...one, step: this.at, now: now[one.resource] ?? 1, cookie: this.cookie, ...(one.covers && { covers: this.#covered(one.covers, now) }) });
    await this.#evaluate(tab, (boot) => witness.begin(boot), { load: tab.load, epoch: HAS_EPOCH ? this.server.epoch : 0, floors: this.floors, seen: [...this.seen], options, isInstalled, person, tokens, payload, early: early?.map(facts) });
    this.#take(tab, await this.#evaluate(tab, () => witness.drain()));
  }

  /** What is known in this tab is known to whoever comes after it. */
  async #remember(tab) {
    const { said, seen } = await this.#evaluate(tab, () => witness.state());
    for (const kind of ["url", "resource"]) for (const [key, version] of Object.entries(said[kind])) this.floors[kind][key] = Math.max(this.floors[kind][key] ?? 0, version);
    for (const serial of seen) this.seen.add(serial);
    this.#take(tab, await this.#evaluate(tab, () => witness.drain()));
  }

  async #abort({ id, isLatest }, tab) {
    if (isLatest) id = (await this.#evaluate(tab, () => witness.state())).pending.findLast((one) => one.startsWith("ask"));
    if (!id) return;
    // One that the server has received counts as done.
    const write = this.records.findLast((record) => record.id === id && record.type === "write");
    const received = write && [...this.server.log.values()].findLast(({ method, url, version }) => version && method === write.method && url === write.echo);
    const isOnly = write && this.records.filter(({ type, method, echo }) => type === "write" && method === write.method && echo === write.echo).length === 1;
    await this.#perform(tab, { do: "abort", id, ...(received && isOnly && { learns: ["url", write.echo, received.version] }) });
  }

  async #login(person) {
    await this.#quiet();
    // What they were told until now was told under the cookie of now.
    for (const tab of this.tabs.values()) {
      await this.#thaw(tab);
      this.#take(tab, await this.#evaluate(tab, () => witness.drain()));
      tab.rendered = await this.#evaluate(tab, () => ({ payload: witness.dehydrated(), person: witness.state().person })).catch(() => undefined);
    }
    const [tab] = this.tabs.values();
    if (tab) {
      await this.#evaluate(tab, (as) => fetch(`/login?as=${as ?? ""}`).then(() => {}), person);
    } else {
      // Before the first page: the profile's own cookie.
      const { hostname } = new URL(this.server.origin);
      if (person) await this.profile.setCookie({ name: "person", value: person, domain: hostname, path: "/" });
    }
    this.cookie = person ?? "-";
    this.records.push({ type: "login", person: this.cookie, step: this.at });
  }

  /** Lets everything go until the server holds nothing and nothing comes any more. */
  async #quiet() {
    const { server } = this;
    for (let rounds = 0, calm = 0; calm < 2 && rounds < 60; rounds += 1) {
      calm = server.held ? 0 : calm + 1;
      server.releaseAll();
      await server.arrival(8);
    }
  }

  async #leaveAndReturn(tab) {
    await this.#remember(tab);
    await tab.page.goto(`${this.server.origin}/other.html`);
    await tab.page.goBack();
    const isKept = await tab.page.evaluate(() => !!globalThis.witness?.state);
    if (isKept && (await this.#evaluate(tab, () => witness.state().mode)) !== undefined) {
      // Back as it was, and told of what it has missed as a page that is shown again may learn it.
      const others = [...this.tabs.values()].filter((other) => other !== tab);
      for (const other of others) await this.#remember(other);
      return this.#evaluate(tab, (floors) => witness.perform({ do: "know", floors }).then(() => {}), this.floors);
    }
    this.records.push({ type: "unloaded", tab: tab.number, load: tab.load });
    this.tabs.delete(tab.number);
    await tab.page.close();
  }

  async #freeze(tab) {
    if (this.engine !== "chromium") return;
    tab.cdp ??= await tab.page.createCDPSession();
    await tab.cdp.send("Page.setWebLifecycleState", { state: "frozen" });
    tab.isFrozen = true;
  }

  async #thaw(tab) {
    if (!tab?.isFrozen) return;
    await tab.cdp.send("Page.setWebLifecycleState", { state: "active" });
    tab.isFrozen = false;
  }

  /** Nothing is held any more: everybody is answered, and what is shown is what there is. */
  async #finish() {
    const { server } = this;
    for (const tab of this.tabs.values()) await this.#thaw(tab);
    server.releaseCore();
    server.hold(false);
    const end = Date.now() + SETTLE_MS;
    for (;;) {
      this.unsettled = [];
      this.watches = [];
      for (const tab of this.tabs.values()) {
        const { pending, watches, person } = await this.#evaluate(tab, () => witness.state());
        this.#take(tab, await this.#evaluate(tab, () => witness.drain()));
        this.unsettled.push(...pending.map((id) => ({ id, tab: tab.number })));
        this.watches.push(...watches.map((watch) => ({ ...watch, tab: tab.number, load: tab.load, person, cookie: this.cookie, last: this.#lastOf(watch.id, tab) })));
      }
      const isDone = !this.unsettled.length && this.watches.every(({ floor, person, last }) => last && (last.type === "watch-failure" || (last.evidence && last.evidence.version >= floor && (person === undefined || last.isPlain || [person, this.cookie].includes(last.evidence.person)))));
      if (isDone || Date.now() > end) return;
      await sleep(15);
    }
  }

  #lastOf(id, { number, load }) {
    return this.records.findLast((record) => record.id === id && record.tab === number && record.load === load && /^(update|watch-failure|thrown)$/.test(record.type));
  }
}
