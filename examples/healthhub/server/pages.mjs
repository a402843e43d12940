// The host's HTML and the built files.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { noticesAt, PINNED, SLOTS, USERS } from "./clinic.mjs";
import { problem } from "./rest.mjs";

const HERE = fileURLToPath(new URL("..", import.meta.url));

/** URL prefix → directory. Each app is built into a directory of its own, by itself. */
const MOUNTS = {
  shell: join(HERE, "shell/dist"),
  apollo: join(HERE, "apollo/dist"),
  apps: join(HERE, "apps"),
  decisions: join(HERE, "decisions"),
  pkg: join(HERE, "../../pkg"),
};

const TYPES = {
  ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".map": "application/json",
  ".mjs": "text/javascript", ".svg": "image/svg+xml", ".wasm": "application/wasm",
};

/** What a careful host would send: everything from here, WebAssembly allowed, nothing inline but styles. */
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/** Sends a built file; gives `false` if the path names none of the directories. */
export async function sendFile([mount, ...rest], request, response) {
  if (!Object.hasOwn(MOUNTS, mount)) return false;
  const [name, ...inner] = rest;
  const path = mount === "apps" ? join(MOUNTS.apps, name ?? "", "dist", ...inner) : join(MOUNTS[mount], ...rest);
  const inside = path.startsWith(MOUNTS[mount] + sep) && !rest.some((segment) => segment === ".." || segment.includes("/"));
  const body = inside ? await readFile(path).catch(() => undefined) : undefined;
  if (body === undefined) {
    const { status, headers, body: what } = problem(404, `There is no file ${request.url}: has everything been built?`);
    response.writeHead(status, headers).end(what);
    return true;
  }
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
  const headers = { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Cache-Control": "no-cache", ETag: etag };
  if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
  else response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : body);
  return true;
}

/** The host's page. It is the same for all routes: deep links work. */
export async function page({ sessions, today }, request, segments) {
  if (segments.length === 1 && segments[0] === "") return { status: 302, headers: { Location: "/dashboard" } };
  if (segments[0] === "favicon.ico") return { status: 204, headers: { "Cache-Control": "max-age=86400" } };
  let session = sessions.of(request);
  let cookie = {};
  if (session === sessions.stray) {
    // The page's `seed` rules the shell's mount delays (shell/src/settings.js) and, in a new browser, the latencies.
    const seed = new URL(request.url, "http://localhost").searchParams.get("seed");
    const begun = sessions.begin(seed === null ? undefined : Number(seed));
    session = begun.session;
    cookie = { "Set-Cookie": begun.cookie };
  }
  const boot = {
    person: session.user ?? null,
    people: USERS,
    clinic: { today, week: sessions.week, slots: SLOTS },
    pinned: PINNED,
    notices: noticesAt(Date.now()),
    since: session.seq,
  };
  const template = await readFile(join(MOUNTS.shell, "index.html"), "utf8");
  // `<` is written so that no text of the data can end the element.
  const body = template.replace("<!--boot-->", () =>
    `<script type="application/json" id="boot">${JSON.stringify(boot).replaceAll("<", "\\u003c")}</script>`);
  const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": POLICY, ...cookie };
  return { status: /^(dashboard|appointments)$/.test(segments.join("/")) || (segments[0] === "patient" && segments.length === 2) ? 200 : 404, headers, body };
}
