// The REST form of the API. Reads say how long they stay fresh, and carry an ETag.
import { createHash } from "node:crypto";
import { PATIENTS, reschedule } from "./clinic.mjs";

/** Seconds an answer stays fresh. People and patients change seldom, the day's visits often. */
const FRESH = { viewer: 60, patient: 60, visits: 30 };

/**
 * What a request asks for, or `undefined` if there is no such resource. `segments` are the path's, decoded: an
 * origin server compares them after percent-decoding (RFC 3986, section 6.2.2.2), and so does this one.
 */
export function route(method, segments) {
  const [first, second, third, ...rest] = segments;
  if (first !== "api" || rest.length > 0) return undefined;
  const read = method === "GET" || method === "HEAD";
  if (read && second === "viewer" && third === undefined) return { resource: "viewer", write: false, answer: viewer };
  if (read && second === "patients" && third) return { resource: "patient", write: false, answer: patient, id: third };
  if (method === "POST" && second === "visits" && third === "search") return { resource: "visits", write: false, answer: search };
  if (method === "PATCH" && second === "visits" && third) return { resource: "reschedule", write: true, answer: move, id: third };
  return undefined;
}

/** Answers a routed request: `{ status, headers, body }`, where `body` is text. */
export function answer(routed, session, request, body) {
  if (session.user === undefined) return problem(401, "Nobody is signed in.");
  const fault = session.fault(routed.resource);
  if (fault) return problem(fault, "This failure was asked for.");
  return routed.answer({ session, request, body, id: routed.id });
}

function viewer({ session, request }) {
  return fresh(session.user, FRESH.viewer, request);
}

function patient({ id, request }) {
  const found = PATIENTS.find((candidate) => candidate.id === id);
  return found ? fresh(found, FRESH.patient, request) : problem(404, `There is no patient ${id}.`);
}

/** Reads only, although it is a POST: the question is a JSON body. */
function search({ session, request, body }) {
  const question = parsed(body);
  if (typeof question?.from !== "string" || typeof question.to !== "string") {
    return problem(422, 'Say from which day to which: {"from": "2026-01-05", "to": "2026-01-09"}.');
  }
  const within = ({ time }) => time.slice(0, 10) >= question.from && time.slice(0, 10) <= question.to;
  return fresh(session.visits.filter(within), FRESH.visits, request);
}

function move({ session, body, id }) {
  const { visit, status, problem: what } = reschedule(session.visits, session.week, id, parsed(body)?.time);
  return visit ? json(200, visit, { "Cache-Control": "no-store" }) : problem(status, what);
}

function fresh(value, seconds, request) {
  const body = JSON.stringify(value);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
  const headers = { "Cache-Control": `private, max-age=${seconds}`, ETag: etag };
  // RFC 9110, section 13.1.2: only reads by GET and HEAD are answered with 304.
  if (/^(GET|HEAD)$/.test(request.method) && request.headers["if-none-match"]?.includes(etag)) return { status: 304, headers, body: "" };
  return { status: 200, headers: { "Content-Type": "application/json", ...headers }, body };
}

function json(status, value, headers) {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** RFC 9457. */
export function problem(status, detail) {
  return { status, headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" }, body: JSON.stringify({ status, detail }) };
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
