// The example's server: the page, the built apps, and one clinic behind a REST and a GraphQL API. Every call that
// reaches the API is counted, for each browser by itself.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { isoDate, weekOf } from "./clinic.mjs";
import { control } from "./control.mjs";
import * as graphql from "./graphql.mjs";
import { page, sendFile } from "./pages.mjs";
import * as rest from "./rest.mjs";
import { Sessions } from "./sessions.mjs";

/**
 * Starts the server.
 *
 * @param {object} [options]
 * @param {number} [options.port] default: a free one
 * @param {string} [options.host] where to listen; default `localhost`
 * @param {[number, number]} [options.rtt] milliseconds that each API call takes, drawn evenly between the two
 * @param {number} [options.seed] seed of the first session's latencies; the next one's is one more
 * @param {string} [options.today] `YYYY-MM-DD`; default: this day
 */
export async function startServer({ port = 0, host = "localhost", rtt = [40, 60], seed = 1, today = isoDate(new Date()) } = {}) {
  const world = { sessions: new Sessions(weekOf(today), seed), rtt, today };
  const http = createServer((request, response) => {
    handle(world, request, response).catch((error) => {
      console.error(`${request.method} ${request.url}:`, error);
      if (response.headersSent) response.destroy();
      else send(response, rest.problem(500, "The server failed; its log says why."), request);
    });
  });
  await new Promise((listening, failed) => http.once("error", failed).listen(port, host, listening));
  return {
    url: `http://${host}:${http.address().port}`,
    close: () => new Promise((closed) => {
      http.close(closed);
      http.closeAllConnections();
    }),
  };
}

async function handle(world, request, response) {
  const url = new URL(request.url, `http://${request.headers.host ?? "localhost"}`);
  const segments = decoded(url.pathname);
  if (segments === undefined) return send(response, rest.problem(400, "The path has a broken percent-encoding."), request);
  if (segments[0] === "graphql" || segments[0] === "api") return send(response, await api(world, request, url, segments), request);
  if (segments[0].startsWith("__") || segments[0] === "session") return send(response, await control(world, request, url), request);
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, rest.problem(405, "Files are read only."), request);
  if (await sendFile(segments, request, response)) return undefined;
  return send(response, await page(world, request, segments), request);
}

/** One call to either API: counted on arrival, delayed by half the round trip on its way in and half on its way out. */
async function api({ sessions, rtt }, request, url, segments) {
  const session = sessions.of(request);
  const isGraphql = segments[0] === "graphql";
  const routed = isGraphql ? undefined : rest.route(request.method, segments);
  const call = session.arrived({
    kind: isGraphql ? "graphql" : "rest",
    method: request.method,
    url: request.url,
    resource: routed?.resource ?? "unknown",
    write: routed?.write ?? false,
  });
  const [least, most] = rtt;
  const half = (least + session.random() * (most - least)) / 2;
  const body = await text(request);
  if (isGraphql) call.document = documentOf(body);
  await sleep(half);
  const answered = isGraphql
    ? await graphql.answer({ session, call, method: request.method, url, headers: request.headers, body })
    : routed ? rest.answer(routed, session, request, body) : rest.problem(404, `There is no ${request.method} ${url.pathname}.`);
  await sleep(half);
  call.status = answered.status;
  return answered;
}

function send(response, { status, headers = {}, body = "" }, request) {
  response.writeHead(status, headers);
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The path's segments, decoded; `undefined` if they cannot be. */
function decoded(pathname) {
  try {
    return pathname.slice(1).split("/").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function documentOf(body) {
  try {
    return JSON.parse(body).query;
  } catch {
    return undefined;
  }
}
