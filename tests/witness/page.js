// The half of the witness harness that lives in a page: six apps, every door, and a record of what each caller asked, was
// given, and could know. It judges nothing (oracle.mjs does).

/** An app's own bundle is loaded when the history first needs it. */
const LOADERS = {
  plain: () => import("./apps/plain.js"), react: () => import("./apps/react.js"), vue: () => import("./apps/vue.js"),
  svelte: () => import("./apps/svelte.js"), lit: () => import("./apps/lit.js"), dropins: () => import("./apps/dropins.js"),
};

/** What another tab has said here may be known to Forebay only in the task after. */
const GRACE_MS = 50;

const apps = {};
const records = [];
const pending = new Map();
const watches = new Map();
/** Serial → the place in this page's order at which somebody was given (the head of) that answer. */
const seen = new Map();
/** What a caller may rely on: the version below which nothing may be given out, by URL and by resource. */
const floors = { url: {}, resource: {} };
/** What of that others can know. */
const said = { url: {}, resource: {} };
let order = 0;
let load = 0;
let person;
let epoch = 0;
let isInterchangeable = false;
let isInstalled = false;
let channel;

const evidenceOf = (text) => {
  try {
    const value = JSON.parse(text);
    return typeof value?.serial === "number" ? value : undefined;
  } catch {
    return undefined;
  }
};
const record = (what) => {
  records.push({ ...what, order: (order += 1), load });
};

/** What stands beneath all: it notes as whom the page handed a request to the browser. From then on it is the browser's. */
const native = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const by = person;
  const isLow = init?.priority === "low";
  const response = await native(input, init);
  const serial = Number(response.headers.get("x-serial"));
  if (serial) record({ type: "sent", serial, by, isLow });
  return response;
};

// --- what is known -----------------------------------------------------------------------------------------------

function raise(kind, key, version, into = floors) {
  into[kind][key] = Math.max(into[kind][key] ?? 0, version);
}

/** Known here at once; elsewhere, and to the page that comes after this one, as soon as it can be said: not before there is a broker, or never will be. */
async function learn(known) {
  for (const one of known) raise(...one);
  if (apps.plain.app.report().mode === "starting") await apps.plain.ready();
  for (const one of known) raise(...one, said);
  channel?.postMessage({ known });
}

function see(serial) {
  if (serial === undefined || seen.has(serial)) return;
  seen.set(serial, (order += 1));
  channel?.postMessage({ serial });
}

function listen() {
  channel = new BroadcastChannel("witness");
  channel.onmessage = ({ data: { known, serial } }) => setTimeout(() => {
    for (const one of known ?? []) raise(...one), raise(...one, said);
    if (serial !== undefined && !seen.has(serial)) seen.set(serial, (order += 1));
  }, GRACE_MS);
}

addEventListener("pagehide", () => channel = channel?.close());
addEventListener("pageshow", ({ persisted }) => persisted && (record({ type: "restored" }), listen()));

// --- asking ------------------------------------------------------------------------------------------------------

/** How a caller writes the same headers. */
const HEADERS = { object: (entries) => Object.fromEntries(entries), headers: (entries) => new Headers(entries), array: (entries) => entries };

function initOf({ token, tenant, flavour, noise, body, form = "object", cache, retries, deadline, priority }) {
  const entries = [
    ...(token ? [["authorization", `Bearer ${tokenOf(token)}`]] : []), ...(tenant ? [["x-tenant", tenant]] : []),
    ...(flavour ? [["x-flavour", flavour]] : []), ...(body ? [["content-type", "application/json"]] : []), ...(noise ? [["x-request-id", noise]] : []),
  ];
  const ours = { ...(retries !== undefined && { retries }), ...(deadline && { deadline }), ...(priority && { priority }) };
  return { ...(body && { method: "POST", body }), ...(entries.length && { headers: HEADERS[form](entries) }), ...(cache && { cache }), ...(Object.keys(ours).length && { forebay: ours }) };
}

/** Values that a history, which is JSON, cannot hold. */
const given = (values) => values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value?.$date === undefined ? value : new Date(value.$date)]));

/** A token is its person's. */
const tokenOf = (number) => `${person ?? "-"}.${number}`;

const nameOf = (value) => (typeof value === "string" ? value : value?.name);
/** What doors give, as evidence. */
const ofJson = (value) => evidenceOf(nameOf(value));
const ofData = (data, { fields }) => evidenceOf(fields ? data[fields] : data.thing?.name);

/** Who has nothing to say says nothing: the runtime has a short way for that. */
const orNone = (init) => (Object.keys(init).length ? init : undefined);

const READERS = {
  async fetch(app, step, init, id) {
    const parts = step.isRequest ? [new Request(step.url, init), init.forebay && { forebay: init.forebay }] : [step.url, orNone(init)];
    return read(await app.fetch(...parts), id);
  },
  json: async (app, step, init) => ofJson(await app.json(step.url, orNone(init))),
  query: async (app, step, { headers, signal, forebay }) => ofData(await app.query(step.query, step.variables, { ...(headers && { headers }), ...(signal && { signal }), ...(step.endpoint && { endpoint: step.endpoint }), ...forebay }), step),
  install: async (_, step, init, id) => read(await fetch(step.url, { ...init, forebay: undefined }), id),
  xhr: (_, step, { headers = {}, signal }, id) => new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("GET", step.url);
    for (const [name, value] of new Headers(headers)) xhr.setRequestHeader(name, value);
    xhr.onload = () => (xhr.status < 400 ? resolve(ofJson(JSON.parse(xhr.response))) : reject(failure(xhr.status, Number(xhr.getResponseHeader("x-serial")))));
    xhr.onerror = () => reject(new TypeError("xhr"));
    xhr.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal?.addEventListener("abort", () => xhr.abort());
    xhr.send();
  }),
  tanstack: async (_, { key: [url, ...values] }) => ofJson(await apps.dropins.doors.tanstack([url, ...values.map(given)])),
  swr: async (_, step, init) => ofJson(await apps.dropins.doors.swr(step.url, init)),
  axios: async (_, step, init) => ofJson(await apps.dropins.doors.axios(step.url, init)),
  apollo: async (_, step) => {
    const { data, errors } = await apps.dropins.doors.apollo(step.query);
    if (errors?.length) throw failure(undefined, undefined, errors[0].message);
    return ofData(data, step);
  },
};

/** Errors of the platform have numbers of old for codes. */
const codeOf = (error) => (typeof error.code === "string" ? error.code : error.name);
const failure = (status, serial, message = `status ${status}`) => Object.assign(new Error(message), { status, serial, code: "http-status" });

/** Head first, then body: between the two others may ask. */
async function read(response, id) {
  const serial = Number(response.headers.get("x-serial")) || undefined;
  see(serial);
  record({ type: "head", id, status: response.status, serial });
  const text = await response.text();
  if (!response.ok) throw failure(response.status, serial);
  return evidenceOf(nameOf(JSON.parse(text)));
}

/** What a caller knows as it asks. */
const asker = () => ({ person, epoch, isInterchangeable, isPlain: apps.plain.app.report().mode === "pass-through", isLeased: [...watches.values()].some(({ isQuery }) => isQuery) });
const floorOf = (url, resource) => Math.max(floors.url[url] ?? 0, floors.resource[resource] ?? 0);

/** Whether nobody of ours stands behind a door of the page's own: what it gives is the browser's affair. */
const isNative = (door) => /^(install|xhr)$/.test(door) && !(isInstalled && (door === "install" || apps.plain.app.report().mode === "shared"));

function ask(step) {
  const { id, app, door, resource } = step;
  if (isNative(door)) return;
  const init = initOf(step);
  const controller = step.isAbortable ? new AbortController() : undefined;
  if (controller) init.signal = controller.signal;
  const url = step.echo;
  record({ type: "ask", ...step, token: step.token ? tokenOf(step.token) : "-", ...asker(), floor: floorOf(url, resource), seenBefore: order });
  settles(id, controller, () => READERS[door](apps[app]?.app, step, init, id), ({ serial } = {}) => see(serial));
}

/** Records how it ends. What throws at once has ended too. */
async function settles(id, controller, begin, then) {
  pending.set(id, controller);
  try {
    const evidence = await begin();
    pending.delete(id);
    then?.(evidence);
    record({ type: "answer", id, evidence, ...asker() });
  } catch (error) {
    pending.delete(id);
    const serial = error.serial ?? (Number(error.head?.headers?.get("x-serial")) || undefined);
    record({ type: "failure", id, code: codeOf(error), status: error.status ?? error.response?.status, serial, message: String(error.message).slice(0, 200), ...asker() });
    see(serial);
  }
}

// --- what lasts --------------------------------------------------------------------------------------------------

function told(id, evidence, more = {}) {
  const { url, resource } = watches.get(id) ?? {};
  see(evidence?.serial);
  record({ type: "update", id, evidence, floor: floorOf(url, resource), ...more, ...asker() });
}

function watch(step) {
  const { id, app, query, variables, url, resource, echo } = step;
  const { headers, ...init } = initOf(step);
  watches.set(id, { url: echo, resource, isQuery: !!query, step });
  record({ type: "watch", ...step, token: step.token ? tokenOf(step.token) : "-", ...asker(), floor: floorOf(echo, resource) });
  const heard = ({ data, error, outcome }) => {
    if (error) record({ type: "watch-failure", id, code: codeOf(error), status: error.status, message: String(error.message).slice(0, 200), ...asker() });
    else told(id, query ? ofData(data, step) : ofJson(data), { outcome });
  };
  const handle = query ? apps[app].app.watch({ query, variables, ...(headers && { headers }) }, heard) : apps[app].app.watch(url, { ...init, ...(headers && { headers }) }, heard);
  Object.assign(watches.get(id), { stop: () => handle.stop(), refresh: () => handle.refresh() });
}

async function mount(step) {
  const { id, app, query, url, variables, resource, echo } = step;
  const place = document.body.appendChild(document.createElement("main"));
  const token = step.token ? tokenOf(step.token) : "-";
  watches.set(id, { url: echo, resource, isQuery: !!query, step });
  record({ type: "watch", ...step, token, ...asker(), floor: floorOf(echo, resource) });
  let shown;
  const look = () => {
    const text = place.textContent.trim();
    if (text === shown || !watches.has(id)) return;
    shown = text;
    const [, loading, evidence, code] = /^(…\s*)?(\{.*\})?\s*(.*)$/s.exec(text);
    if (code) record({ type: "watch-failure", id, code, ...asker() });
    else if (evidence) told(id, evidenceOf(evidence), { isLoading: !!loading });
  };
  const observer = new MutationObserver(look);
  observer.observe(place, { childList: true, characterData: true, subtree: true });
  const init = initOf(step);
  const options = query ? { query: { ...(init.headers && { headers: init.headers }) }, select: (data) => data.thing ?? { name: data.total } } : { init };
  try {
    const made = await apps[app].mount(place, apps[app].app, "One", { url: query ?? url, variables: given(variables), options, id });
    Object.assign(watches.get(id) ?? {}, { stop: () => (observer.disconnect(), made?.unmount(), place.remove()) });
    look();
  } catch (error) {
    watches.delete(id);
    record({ type: "watch-failure", id, code: codeOf(error), message: String(error.message) });
  }
}

// --- what a history does -----------------------------------------------------------------------------------------

const DO = {
  ask, watch, mount,
  write(step) {
    const { id, app, url, echo, method } = step;
    const controller = step.isAbortable ? new AbortController() : undefined;
    record({ type: "write", ...step, ...asker() });
    settles(id, controller, async () => {
      const response = await apps[app].app.fetch(url, { method, ...initOf(step), ...(controller && { signal: controller.signal }), ...(method !== "DELETE" && { body: "{}" }) });
      const version = Number(response.headers.get("x-version"));
      // The head acknowledges it.
      if (response.ok) learn([["url", echo, version]]);
      else throw failure(response.status, Number(response.headers.get("x-serial")) || undefined);
      return evidenceOf(nameOf(await response.json()));
    });
  },
  mutate(step) {
    const { id, app, query, endpoint, thing } = step;
    const { headers } = initOf(step);
    record({ type: "write", ...step, token: step.token ? tokenOf(step.token) : "-", ...asker() });
    settles(id, undefined, async () => {
      const data = await apps[app].app.mutate(query, undefined, { ...(headers && { headers }), ...(endpoint && { endpoint }) });
      const evidence = evidenceOf(data.bump.name);
      learn([["resource", thing, evidence.version], ["resource", "total", evidence.version]]);
      return evidence;
    });
  },
  /** `version`: what the server has made of a write that it has received. */
  abort({ id, learns }) {
    if (!pending.get(id)) return;
    record({ type: "abort", id });
    pending.get(id).abort();
    if (learns) learn([learns]);
  },
  invalidate({ app, what, covers }) {
    apps[app].app.invalidate(what);
    record({ type: "invalidate", covers });
    learn(covers);
  },
  clear({ app, covers }) {
    apps[app].app.clear();
    learn(covers);
  },
  peek(step) {
    const { id, app, url, echo, resource } = step;
    const floor = floorOf(echo, resource);
    const data = apps[app].app.peek(url, initOf(step));
    if (data === undefined) return;
    record({ type: "ask", ...step, token: step.token ? tokenOf(step.token) : "-", ...asker(), floor, seenBefore: order });
    record({ type: "answer", id, evidence: ofJson(data), ...asker() });
  },
  prefetch: ({ app, url, ...step }) => apps[app].app.prefetch(url, initOf(step)),
  identify({ app, who, tokens }) {
    person = who ?? "-";
    isInterchangeable = tokens === "interchangeable";
    record({ type: "identify", person });
    apps[app].app.identify(who, tokens && { tokens });
  },
  configure: ({ options }) => apps.plain.configure(options),
  refresh({ id, covers }) {
    if (!watches.get(id)?.refresh) return;
    watches.get(id).refresh();
  },
  stop({ id }) {
    const { stop } = watches.get(id) ?? {};
    watches.delete(id);
    record({ type: "stop", id });
    stop?.();
  },
  /** Somebody else's hand on what tabs say to each other. */
  forge({ channel: name, message }) {
    const forged = new BroadcastChannel(name);
    forged.postMessage(message);
    forged.close();
  },
  push: ({ to }) => history.pushState(null, "", to),
  /** What others knew when this page was shown again. */
  know: ({ floors: { url, resource } }) => {
    for (const [key, version] of Object.entries(url)) raise("url", key, version);
    for (const [key, version] of Object.entries(resource)) raise("resource", key, version);
  },
  /** In one task. */
  together: ({ steps }) => steps.forEach((step) => run(step)),
};

function run(step) {
  try {
    DO[step.do](step);
  } catch (error) {
    record({ type: "thrown", id: step.id, do: step.do, code: codeOf(error), message: String(error.message).slice(0, 200) });
  }
}

/** Loads what the steps need, then does them in one task. */
async function perform(step) {
  for (const { app } of step.steps ?? [step]) if (app && !apps[app]) apps[app] = await LOADERS[app]();
  for (const { door } of step.steps ?? [step]) if (/tanstack|swr|axios|apollo/.test(door)) apps.dropins ??= await LOADERS.dropins();
  run(step);
  return drain();
}

async function begin(boot) {
  ({ load, epoch } = boot);
  for (const into of [floors, said]) for (const kind of ["url", "resource"]) Object.assign(into[kind], boot.floors[kind]);
  for (const serial of boot.seen) seen.set(serial, 0);
  listen();
  apps.plain = await LOADERS.plain();
  if (boot.payload) {
    apps.react = await LOADERS.react();
    try {
      apps.react.hydrate(boot.payload);
    } catch (error) {
      record({ type: "thrown", do: "hydrate", code: codeOf(error), message: String(error.message) });
    }
  }
  apps.plain.configure(boot.options);
  ({ isInstalled = false } = boot);
  if (isInstalled) apps.plain.install(apps.plain.app, { match: ["/api/*"] });
  if (boot.person !== undefined) run({ do: "identify", app: "plain", who: boot.person, tokens: boot.tokens });
  for (const step of boot.early ?? []) await perform(step);
}

const drain = () => records.splice(0);

/** What nobody has been told yet, and what is on the page. */
const state = () => ({ pending: [...pending.keys()], watches: [...watches].map(([id, { url, resource }]) => ({ id, floor: floorOf(url, resource) })), person, said, seen: [...seen.keys()], mode: apps.plain?.app.report().mode });
/** As a server would send it along that has rendered for this person. */
const dehydrated = () => apps.react?.dehydrate(apps.react.app, { ...(person !== undefined && { person: person === "-" ? null : person }), ...(epoch && { epoch: `build ${epoch}` }) });

globalThis.witness = { begin, perform, drain, state, dehydrated };
