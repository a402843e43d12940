// The witness harness's server. It echoes who asked and with what, counts a version of each resource, and holds its
// answers until it is told to let one go: what overtakes what is the history's to say, and not the machine's.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { buildSchema, execute, parse, validate } from "../page/node_modules/graphql/index.mjs";
import { POLICIES, varyOf } from "./resources.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm", ".map": "application/json", ".html": "text/html; charset=utf-8" };

/** A browser has six connections to a host. One is left for whatever comes next. */
const MOST_HELD = 5;

const schema = buildSchema(/* GraphQL */ `
  type Thing { id: ID! name: String! size: Int! }
  type Query { thing(id: ID!): Thing! total: String! secret: String! }
  type Mutation { bump(id: ID!): Thing! }
`);

/**
 * What an answer says of itself; it travels as one text, so that components can show it.
 *
 * @typedef {object} Evidence
 * @property {number} serial of the request that the server answered
 * @property {number} version of the resource when the server answered
 * @property {string} url path and query as they arrived; of GraphQL `graphql`
 * @property {string} method
 * @property {string} person of the cookie; `-`: none
 * @property {string} token after `Bearer `; `-`: none
 * @property {string} tenant
 * @property {string} flavour
 * @property {number} epoch of the server's deployment
 */

/** Starts it on a free port of 127.0.0.1. `files`: directories that are searched in turn for the pages' code. */
export async function startWitnessServer(files) {
  let history;
  const reset = (seed = 0) => {
    for (const { response } of history?.held ?? []) response.destroy();
    history = {
      /** One counter for all: a version is the moment of a change. */
      clock: 1, epoch: 1, serial: 0, seed,
      versions: new Map(), faults: [], held: [], cores: [],
      /** Serial → what was asked and answered. */
      log: new Map(),
      arrivals: new Map(), arrived: [], isHolding: true,
    };
  };
  reset();

  const versionOf = (resource) => history.versions.get(resource) ?? 1;
  const change = (resource) => {
    history.versions.set(resource, (history.clock += 1));
    return history.clock;
  };

  const listening = async (serve) => {
    const http = createServer((request, response) => {
      serve(request, response).catch((error) => {
        console.error(`witness server: ${request.method} ${request.url}:`, error);
        response.destroy();
      });
    });
    await new Promise((done, failed) => http.once("error", failed).listen(0, "127.0.0.1", done));
    return { http, origin: `http://127.0.0.1:${http.address().port}` };
  };
  async function serve(request, response) {
    const { pathname: path, search, searchParams } = new URL(request.url, "http://server");
    const body = await buffer(request);
    if (path.endsWith(".html")) return send(response, 200, { "content-type": TYPES[".html"] }, path === "/page.html" ? pageWith(code.origin) : OTHER);
    if (path === "/login") return send(response, 204, { "set-cookie": cookie(searchParams.get("as")), "cache-control": "no-store" });
    if (!path.startsWith("/api/") && path !== "/graphql") return send(response, 404, {});
    answer(request, response, path, search, body);
  }

  /** Code comes from an origin of its own, as from a CDN: its connections are never those on which answers are held. */
  async function serveFile(request, response) {
    const { pathname, searchParams } = new URL(request.url, "http://server");
    const name = pathname.slice(1);
    const core = searchParams.get("core");
    const cors = { "access-control-allow-origin": "*" };
    if (core === "never") return send(response, 404, cors);
    const deliver = () => {
      for (const directory of files()) {
        try {
          const bytes = readFileSync(join(directory, name));
          return send(response, 200, { ...cors, "content-type": TYPES[extname(name)] ?? "application/octet-stream" }, bytes);
        } catch (error) {
          if (error.code !== "ENOENT") throw error;
        }
      }
      return send(response, 404, { ...cors, "content-type": "text/plain" }, `nothing at ${name}`);
    };
    if (core?.startsWith("late")) history.cores.push({ core, deliver });
    else deliver();
  }

  function answer(request, response, path, search, body) {
    const { method, headers } = request;
    const now = history;
    const serial = (now.serial += 1);
    const isRead = path.startsWith("/api/post/");
    const record = {
      serial, method, url: path === "/graphql" ? "graphql" : path + search + (isRead ? ` ${body}` : ""), epoch: now.epoch,
      person: /person=([^;]+)/.exec(headers.cookie ?? "")?.[1] ?? "-",
      token: headers.authorization?.replace("Bearer ", "") ?? "-", tenant: headers["x-tenant"] ?? "-", flavour: headers["x-flavour"] ?? "-",
      status: 200, headers, body: body.toString(),
    };
    now.log.set(serial, record);
    const reply = path === "/graphql" ? graphql(record) : rest(record, path);
    record.status = reply.status;
    const fault = takeFault(record, path);
    if (fault) Object.assign(record, { fault }, typeof fault === "number" && { status: fault });
    if (typeof fault === "number") Object.assign(reply, { status: fault, body: JSON.stringify({ fault, serial }), headers: { ...reply.headers, "cache-control": "no-store", ...(fault === 503 && { "retry-after": "0" }) } });
    delete record.body;
    const head = () => {
      if (response.destroyed) return;
      response.writeHead(reply.status, {
        ...reply.headers, "x-serial": String(serial),
        ...(reply.body !== undefined && { "content-type": "application/json", "content-length": String(Buffer.byteLength(reply.body)) }),
      });
      response.flushHeaders();
    };
    const rest_ = () => {
      // A 304 has nothing to cut.
      if (fault === "cut") return reply.body === undefined ? response.destroy() : response.write(reply.body.slice(0, 10), () => response.destroy());
      response.end(reply.body);
    };
    const nth = (now.arrivals.get(record.url) ?? 0) + 1;
    now.arrivals.set(record.url, nth);
    const draw = hash(`${now.seed} ${method} ${record.url} ${nth}`) % 100;
    const held = { serial, record, response, go: [head, rest_] };
    // Some answers come at once, most are held, and of some only the body.
    if (!now.isHolding || draw < 15) held.go.splice(0).forEach((step) => step());
    else {
      if (draw < 30) held.go.shift()();
      now.held.push(held);
      response.on("close", () => now.held.includes(held) && now.held.splice(now.held.indexOf(held), 1));
    }
    if (now.held.length > MOST_HELD) letGo(now.held[0], 2);
    for (const heard of now.arrived.splice(0)) heard();
  }

  /** Lets go of its head, or its body, or both. */
  function letGo(held, steps) {
    for (const step of held.go.splice(0, steps)) step();
    if (!held.go.length && history.held.includes(held)) history.held.splice(history.held.indexOf(held), 1);
  }

  function takeFault({ url, method }, path) {
    const at = history.faults.findIndex(({ resource }) => method !== "OPTIONS" && (path.slice(5) === resource || url === resource));
    return at < 0 ? undefined : history.faults.splice(at, 1)[0].kind;
  }

  /** As text, the same for a REST answer and for a field of GraphQL. */
  const evidence = ({ serial, url, method, person, token, tenant, flavour, epoch }, version) =>
    JSON.stringify({ serial, version, url, method, person, token, tenant, flavour, epoch });

  function rest(record, path) {
    const resource = path.slice("/api/".length);
    const [policy] = resource.split("/");
    const { cacheControl, hasTag } = POLICIES[policy] ?? {};
    if (policy !== "post" && !/^(GET|HEAD|QUERY)$/.test(record.method)) {
      record.version = change(resource);
      return { status: 200, headers: { "x-version": String(record.version) }, body: JSON.stringify({ name: evidence(record, record.version) }) };
    }
    const version = (record.version = versionOf(resource));
    const { person, token, tenant, flavour, epoch } = record;
    // Many servers' validators say what was asked for, and not by whom.
    const tag = `"${[version, epoch, token, tenant, flavour, ...(policy === "nocache" ? [] : [person])].join(".")}"`;
    const vary = varyOf(policy);
    const headers = { ...(cacheControl && { "cache-control": cacheControl }), ...(hasTag && { etag: tag }), ...(vary && { vary }) };
    if (hasTag && record.headers["if-none-match"] === tag) return { status: 304, headers };
    return { status: 200, headers, body: JSON.stringify({ name: evidence(record, version), echo: record.headers }) };
  }

  function graphql(record) {
    const { query, variables, operationName } = JSON.parse(record.body || "{}");
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return { status: 400, headers: {}, body: JSON.stringify({ errors }) };
    record.fields = query;
    const thing = ({ id }) => {
      const version = versionOf(`thing/${id}`);
      return { id, size: version, name: evidence({ ...record, url: `thing/${id}` }, version) };
    };
    let isForbidden = false;
    const rootValue = {
      thing,
      total: () => evidence({ ...record, url: "total" }, versionOf("total")),
      secret: () => ((isForbidden = true), ""),
      bump: ({ id }) => {
        record.version = change(`thing/${id}`);
        history.versions.set("total", record.version);
        return thing({ id });
      },
    };
    const result = execute({ schema, document, rootValue, variableValues: variables, operationName });
    // Some servers refuse the whole operation for one field of it.
    if (isForbidden) return { status: 403, headers: { "cache-control": "no-store" }, body: JSON.stringify({ errors: [{ message: "secret is secret" }], serial: record.serial }) };
    return { status: 200, headers: record.version ? { "x-version": String(record.version) } : {}, body: JSON.stringify(result) };
  }

  const send = (response, status, headers, body = "") => {
    response.writeHead(status, headers);
    response.end(body);
  };

  const { http, origin } = await listening(serve);
  const code = await listening(serveFile);
  return {
    origin,
    code: code.origin,
    reset,
    change,
    deploy: () => (history.epoch += 1),
    get epoch() { return history.epoch; },
    get log() { return history.log; },
    get held() { return history.held.length; },
    versions: () => ({ ...Object.fromEntries(history.versions), clock: history.clock }),
    /** The next request for this resource fails so: a status, or `cut`. */
    fault: (resource, kind) => void history.faults.push({ resource, kind }),
    /** Lets go of one that is held, and of its body too unless `isHeadOnly`; counted from the oldest. */
    release(pick, isHeadOnly = false) {
      const { held } = history;
      if (held.length) letGo(held[pick % held.length], isHeadOnly ? 1 : 2);
    },
    releaseAll() {
      for (const held of [...history.held]) letGo(held, 2);
    },
    /** From now on nothing is held (any more). */
    hold(isHolding) {
      history.isHolding = isHolding;
      if (!isHolding) this.releaseAll();
    },
    /** Delivers the core to the pages that wait for one so called, or to all. */
    releaseCore(core) {
      for (const waiting of history.cores.filter((one) => core === undefined || one.core === core)) {
        history.cores.splice(history.cores.indexOf(waiting), 1);
        waiting.deliver();
      }
    },
    /** The next request's arrival; not longer than `ms`, since none may come. */
    arrival: (ms) => new Promise((heard) => {
      const timer = setTimeout(heard, ms);
      history.arrived.push(() => (clearTimeout(timer), heard()));
    }),
    async close() {
      for (const one of [http, code.http]) {
        const closed = new Promise((done) => one.close(done));
        one.closeAllConnections();
        await closed;
      }
    },
  };
}

const cookie = (person) => (person ? `person=${person}; path=/` : "person=; path=/; max-age=0");

const pageWith = (code) => `<!doctype html><meta charset="utf-8"><title>witness</title><body><script type="module" src="${code}/page.js"></script>`;
const OTHER = '<!doctype html><meta charset="utf-8"><title>elsewhere</title><body>elsewhere';

function hash(text) {
  let value = 2166136261;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619);
  value ^= value >>> 15;
  return Math.imul(value, 2246822507) >>> 0;
}
