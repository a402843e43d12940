// What GraphQL servers, and what stands before them, answer: as it is, not only as it should be.

/**
 * One row: what is answered (see `tests/page/server.mjs`), and what plain `query`, `watch` and `mutate` make of it.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {import("../page/server.mjs").Answer | ((seen: import("../page/server.mjs").Seen) => import("../page/server.mjs").Answer)} answer
 * @property {Record<"chromium" | "firefox", "data" | "graphql" | "http-status" | "not-json" | "network">} plain the code of the error, or that
 *   there is none
 * @property {boolean} isDeep it is deeper than a stack
 */

const DATA = { a: 1, b: { c: "two" } };
const ERROR = { message: "no", path: ["b", "c"], locations: [{ line: 1, column: 3 }], extensions: { code: "DENIED", trace: { id: "t-1" } } };
const PARTLY = { a: 1, b: { c: null } };
const TRACE = { "x-trace": "t-1" };
const GRAPHQL = "application/graphql-response+json";
const HTML = "<!doctype html><h1>no</h1>";

const typed = (type, body, more = {}) => ({ ...more, body, headers: { ...(type && { "content-type": type }), ...TRACE, ...more.headers } });
const json = (value, more) => typed("application/json", JSON.stringify(value), more);
const text = (body, more) => typed("application/json; charset=utf-8", body, more);
const html = (status, more) => typed("text/html; charset=utf-8", HTML, { status, ...more });
const graphql = (value, more) => typed(GRAPHQL + "; charset=utf-8", JSON.stringify(value), more);
const to = (status, location) => ({ status, headers: { location, ...TRACE } });
/** A list within a list, so many times; or an object. */
const lists = (levels) => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels) => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
const part = (body) => `\r\n--x\r\ncontent-type: application/json\r\n\r\n${body}`;

const rows = [];
const row = (plain, name, answer, inFirefox = plain) => rows.push({ name, answer, plain: { chromium: plain, firefox: inFirefox }, isDeep: /,000 (objects|lists)/.test(name) });

// --- answers that are data ---------------------------------------------------------------------------------------------
row("data", "data", json({ data: DATA }));
row("data", "data and an empty list of errors", json({ data: DATA, errors: [] }));
row("data", "the list first", json({ errors: [], data: DATA }));
row("data", "errors: null", json({ data: DATA, errors: null }));
row("data", "errors: {}", json({ data: DATA, errors: {} }));
row("data", "errors: an empty text", json({ data: DATA, errors: "" }));
row("data", "errors: false", json({ data: DATA, errors: false }));
row("data", "extensions beside data", json({ data: DATA, extensions: { cost: 7, trace: { id: "t-1" } } }));
row("data", "extensions: null", json({ data: DATA, extensions: null }));
row("data", "more members than there should be", json({ data: DATA, more: 1, head: { ok: false }, headers: { a: 1 }, response: "text", errors: [] }));
row("data", "null", json({ data: null }));
row("data", "null and an empty list of errors", json({ data: null, errors: [] }));
row("data", "null and errors: null", json({ data: null, errors: null }));
row("data", "a text as data", json({ data: "text" }));
row("data", "a number as data", json({ data: 7 }));
row("data", "a list as data", json({ data: [DATA] }));
row("data", "an empty object as data", json({ data: {} }));
row("data", "fields that nobody asked for", json({ data: { ...DATA, more: [1], d: { e: 1 } } }));
row("data", "a field that is missing", json({ data: { a: 1 } }));
row("data", "a list where an object was asked for", json({ data: { a: 1, b: [{ c: 1 }, null, { c: 2 }] } }));
row("data", "objects that name themselves", json({ data: { __typename: "Query", a: 1, b: { __typename: "B", id: "1", c: 1 } } }));
row("data", "a field of the name __proto__", text('{"data":{"a":1,"b":{"c":1,"__proto__":{"x":1}},"__proto__":{"y":2}}}'));
row("data", "a member of the name __proto__", text('{"__proto__":{"errors":[{"message":"no"}]},"data":{"a":1,"b":{"c":1}}}'));
row("data", "fields named as what every object inherits", json({ data: { a: { constructor: 1, toString: 2, then: 3 }, b: { c: "hasOwnProperty" } } }));
row("data", "a field twice", text('{"data":{"a":1,"b":{"c":1},"a":2}}'));
row("data", "data twice", text('{"data":{"a":1,"b":{"c":1}},"data":{"a":2,"b":{"c":2}}}'));
row("data", "very large numbers", text('{"data":{"a":12345678901234567890,"b":{"c":1e400}}}'));
row("data", "very small ones", text('{"data":{"a":-0,"b":{"c":1e-400}}}'));
row("data", "a byte order mark", text('\ufeff{"data":{"a":1,"b":{"c":1}}}'));
row("data", "white space around it", text('\r\n\t {"data":{"a":1,"b":{"c":1}}} \n'));
row("data", "half of a pair", text('{"data":{"a":"\\ud800","b":{"c":"\\u2028\\u0000"}}}'));
row("data", "bytes that are no text", typed("application/json", Buffer.from('{"data":{"a":"\xff\xfe","b":{"c":1}}}', "latin1")));
row("data", "another charset, which JSON has not", typed("application/json; charset=iso-8859-1", Buffer.from('{"data":{"a":"Zo\xeb","b":{"c":1}}}', "latin1")));
row("data", "a megabyte", json({ data: { a: "x".repeat(1_000_000), b: { c: 1 } } }));
row("data", "GraphQL's own type", graphql({ data: DATA }));
row("data", "text/plain", typed("text/plain", JSON.stringify({ data: DATA })));
row("data", "text/html", typed("text/html", JSON.stringify({ data: DATA })));
row("data", "application/octet-stream", typed("application/octet-stream", JSON.stringify({ data: DATA })));
row("data", "no type", typed("", JSON.stringify({ data: DATA })));
row("data", "a type that is none", typed("json", JSON.stringify({ data: DATA })));
row("data", "201", json({ data: DATA }, { status: 201 }));
row("data", "203", json({ data: DATA }, { status: 203 }));
row("data", "207", json({ data: DATA }, { status: 207 }));
row("data", "299 in words of its own", json({ data: DATA }, { status: 299, statusText: "Almost" }));
row("data", "400 with data", json({ data: DATA }, { status: 400 }));
row("data", "500 with data", json({ data: DATA }, { status: 500 }));
row("data", "500 with data and an empty list of errors", json({ data: DATA, errors: [] }, { status: 500 }));
row("data", "500 with data in GraphQL's own type", graphql({ data: DATA }, { status: 500 }));
row("data", "a redirect by 302", to(302, "/to/data"));
row("data", "a redirect by 307", to(307, "/to/data"));
row("data", "a redirect by 308, and another", to(308, "/to/again"));
row("data", "it may be stored", json({ data: DATA }, { headers: { "cache-control": "max-age=600" } }));
row("data", "it may not be stored", json({ data: DATA }, { headers: { "cache-control": "no-store" } }));
row("data", "hasNext: false", json({ data: DATA, hasNext: false }));
row("data", "8,000 objects in each other", text(`{"data":{"a":${objects(8_000)},"b":{"c":1}}}`));
row("data", "8,000 lists in each other", text(`{"data":{"a":${lists(8_000)},"b":{"c":1}}}`));
row("data", "100,000 lists in each other", text(`{"data":{"a":${lists(100_000)},"b":{"c":1}}}`));
row("data", "8,000 objects in extensions", text(`{"data":{"a":1,"b":{"c":1}},"extensions":{"x":${objects(8_000)}}}`));

// --- errors of GraphQL -------------------------------------------------------------------------------------------------
row("graphql", "errors beside data", json({ data: PARTLY, errors: [ERROR] }));
row("graphql", "errors beside data, in GraphQL's own type", graphql({ data: PARTLY, errors: [ERROR] }));
row("graphql", "an object that had to be null", json({ data: { a: 1, b: null }, errors: [ERROR] }));
row("graphql", "all that had to be null", json({ data: null, errors: [ERROR] }));
row("graphql", "errors only", json({ errors: [ERROR] }));
row("graphql", "errors without a path", json({ data: PARTLY, errors: [{ message: "no" }] }));
row("graphql", "an error of a path that is not there", json({ data: DATA, errors: [{ message: "no", path: ["x", 7] }] }));
row("graphql", "errors with extensions beside them", json({ data: PARTLY, errors: [ERROR], extensions: { cost: 7 } }));
row("graphql", "several errors", json({ data: PARTLY, errors: [ERROR, { message: "nor that" }, ERROR] }));
row("graphql", "an error without a message", json({ data: PARTLY, errors: [{ path: ["b", "c"], extensions: { code: "X" } }] }));
row("graphql", "an error whose message is empty", json({ data: PARTLY, errors: [{ message: "" }] }));
row("graphql", "an error whose message is a number", json({ data: PARTLY, errors: [{ message: 5 }] }));
row("graphql", "an error that is an empty object", json({ data: PARTLY, errors: [{}] }));
row("graphql", "an error that is null", json({ data: PARTLY, errors: [null] }));
row("graphql", "an error that is a list", json({ data: PARTLY, errors: [[]] }));
row("graphql", "errors as texts", json({ data: PARTLY, errors: ["no", "nor that"] }));
row("graphql", "errors as a text", json({ data: PARTLY, errors: "no" }));
row("graphql", "errors as an object", json({ data: PARTLY, errors: { message: "no" } }));
row("graphql", "errors as an object, without data", json({ errors: { message: "no" } }));
row("graphql", "errors as a text, without data", json({ errors: "no" }));
row("graphql", "places as texts", json({ data: PARTLY, errors: [{ message: "no", locations: ["1:3"], path: "b.c" }] }));
row("graphql", "an empty path", json({ data: PARTLY, errors: [{ message: "no", path: [], locations: null, extensions: null }] }));
row("graphql", "8,000 objects in an error", text(`{"data":{"a":1,"b":{"c":null}},"errors":[{"message":"no","path":["b","c"],"extensions":{"x":${objects(8_000)}}}]}`));
row("graphql", "a path of 8,000 steps", text(`{"data":{"a":1,"b":{"c":null}},"errors":[{"message":"no","path":[${Array(8_000).fill('"b"')}]}]}`));
row("graphql", "a query that its server does not know by its hash", json({ errors: [{ message: "PersistedQueryNotFound", extensions: { code: "PERSISTED_QUERY_NOT_FOUND" } }] }));
row("graphql", "400 with errors", json({ errors: [ERROR] }, { status: 400 }));
row("graphql", "400 with errors in GraphQL's own type", graphql({ errors: [ERROR] }, { status: 400 }));
row("graphql", "400 with errors and data", json({ data: PARTLY, errors: [ERROR] }, { status: 400 }));
row("graphql", "401 with errors", json({ errors: [{ message: "who are you?" }] }, { status: 401, headers: { "www-authenticate": "Bearer" } }));
row("graphql", "403 with errors", json({ errors: [{ message: "not you" }] }, { status: 403 }));
row("graphql", "422 with errors as texts", json({ errors: ["no"] }, { status: 422 }));
row("graphql", "429 with errors", json({ errors: [{ message: "slowly" }] }, { status: 429, headers: { "retry-after": "1" } }));
row("graphql", "500 with errors", json({ errors: [{ message: "broken" }] }, { status: 500 }));
row("graphql", "500 with errors and data", json({ data: PARTLY, errors: [ERROR] }, { status: 500 }));
row("graphql", "500 with errors and data in GraphQL's own type", graphql({ data: PARTLY, errors: [ERROR] }, { status: 500 }));
row("graphql", "503 with errors", json({ errors: [{ message: "later" }] }, { status: 503, headers: { "retry-after": "1" } }));
row("graphql", "a server that says 400 in GraphQL's own type, and 200 in JSON", ({ headers }) =>
  headers.accept.includes(GRAPHQL) ? graphql({ errors: [ERROR] }, { status: 400 }) : json({ errors: [ERROR] }));

// --- statuses that say it all ------------------------------------------------------------------------------------------
for (const status of [400, 404, 500, 502]) row("http-status", `${status} with HTML`, html(status));
for (const status of [401, 403, 404, 405, 500]) row("http-status", `${status} with nothing`, { status, headers: TRACE });
row("http-status", "403 with JSON of another kind", json({ reason: "the badge has expired" }, { status: 403 }));
row("http-status", "404 with a message", json({ message: "no such endpoint" }, { status: 404 }));
row("http-status", "422 with a list", json([{ detail: "the name is missing" }], { status: 422 }));
row("http-status", "429 with a text", typed("text/plain", "slowly", { status: 429, headers: { "retry-after": "1" } }));
row("http-status", "500 with {}", json({}, { status: 500 }));
row("http-status", "500 with an empty list of errors", json({ errors: [] }, { status: 500 }));
row("http-status", "500 with data: null", json({ data: null }, { status: 500 }));
row("http-status", "500 with null", json(null, { status: 500 }));
row("http-status", "500 with half of its JSON", text('{"errors":[{"mess', { status: 500 }));
row("http-status", "500 in words of its own", html(500, { statusText: "Very Wrong" }));
row("http-status", "503 with HTML", html(503, { headers: { "retry-after": "1" } }));
row("http-status", "304 to who asked for nothing of the kind", { status: 304, headers: TRACE });
row("http-status", "a redirect to a failure", to(308, "/to/failure"));
row("http-status", "300 without a place", json({ data: null }, { status: 300 }));

// --- what is no answer of GraphQL ----------------------------------------------------------------------------------------
row("not-json", "HTML", html(200));
row("not-json", "HTML that is called JSON", text(HTML));
row("not-json", "HTML that is called GraphQL's own type", typed(GRAPHQL, HTML));
row("not-json", "a login page, by a redirect", to(303, "/to/login"));
row("not-json", "{}", json({}));
row("not-json", "[]", json([]));
row("not-json", "null for an answer", json(null));
row("not-json", "true", json(true));
row("not-json", "a number", json(7));
row("not-json", "a text", json("data"));
row("not-json", "a list of answers", json([{ data: DATA }]));
row("not-json", "extensions only", json({ extensions: { cost: 7 } }));
row("not-json", "an empty list of errors only", json({ errors: [] }));
row("not-json", "errors: null only", json({ errors: null }));
row("not-json", "names in capitals", json({ Data: DATA, Errors: [ERROR] }));
row("not-json", "an answer in an answer", json({ payload: { data: DATA } }));
row("not-json", "nothing", text(""));
row("not-json", "nothing of no type", typed("", ""));
row("not-json", "half of its JSON", text('{"data":{"a":1,"b":{"c'));
row("not-json", "more than its JSON", text('{"data":{"a":1,"b":{"c":1}}}}'));
row("not-json", "two byte order marks", text('\ufeff\ufeff{"data":{"a":1}}'));
row("not-json", "204", { status: 204, headers: TRACE });
row("not-json", "205", { status: 205, headers: TRACE });
row("not-json", "several parts", typed('multipart/mixed; boundary="x"', `${part('{"data":{"a":1,"b":{"c":1}},"hasNext":true}')}${part('{"hasNext":false}')}\r\n--x--\r\n`));
row("data", "several parts that are none", typed("multipart/mixed", JSON.stringify({ data: DATA })));
row("not-json", "an event stream that ends", typed("text/event-stream", `event: next\ndata: ${JSON.stringify({ data: DATA })}\n\nevent: complete\n\n`));

// --- exchanges that fail -----------------------------------------------------------------------------------------------
row("network", "a connection that is closed", { raw: "" });
row("network", "a body that breaks off", text(JSON.stringify({ data: DATA }), { truncate: 20 }));
row("network", "500 whose body breaks off", html(500, { truncate: 20 }), "http-status");
row("network", "a redirect to itself", to(307, "/to/itself"));
row("network", "a redirect to nowhere", to(302, "http://127.0.0.1:1/"));

/** @type {readonly Row[]} */
export const ANSWERS = rows;

/** Of the lowest versions, by row, those whose users never hear of it, with Forebay or without: they cannot be compared. */
export const SILENT = Object.fromEntries(ANSWERS.flatMap(({ name, plain }, row) => [
  ...(plain.chromium === "network" && !/body/.test(name) ? [[row, ["urql", "urql, mutation"]]] : []),
  ...(/several parts/.test(name) ? [[row, ["Apollo, mutation"]]] : []),
]));

/** Has a server answer them at `/s/0`, `/s/1`, … */
export function serveAnswers(server) {
  server.on("/s/*", (seen) => {
    const { answer } = ANSWERS[Number(seen.path.slice(3))];
    return typeof answer === "function" ? answer(seen) : answer;
  });
  server.on("/to/data", json({ data: DATA }));
  server.on("/to/again", to(307, "/to/data"));
  server.on("/to/failure", html(500));
  server.on("/to/login", html(200));
  server.on("/to/itself", to(307, "/to/itself"));
}
