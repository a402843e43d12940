// Turns the suite's definitions that apply to browsers into data that native tests read:
//
//   node vectors.mjs > ../data/http/suite.json
//
// Kept are what is asked, what the server answers, and what must be seen; names and explanations stay in the suite. A
// number in place of a date means so many seconds from now.
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const suite = resolve(process.argv[2] ?? fileURLToPath(new URL("node_modules/http-cache-tests", import.meta.url)));
const sets = (await import(pathToFileURL(join(suite, "tests/index.mjs")))).default;

/** Leaves out what is not there. */
const some = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value?.length !== 0));

const FROM = { cached: "cache", not_cached: "server", etag_validated: "if-none-match", lm_validated: "if-modified-since" };

function step(request) {
  return some({
    method: request.request_method,
    path: request.filename,
    query: request.query_arg,
    mode: request.cache,
    headers: request.request_headers,
    answer: request.disconnect ? "lost" : some({
      status: request.response_status?.[0],
      headers: request.response_headers?.map(([name, value]) => [name, value]),
      body: request.response_body ?? undefined,
      places: request.magic_locations,
    }),
    expect: some({
      from: FROM[request.expected_type],
      status: request.expected_status ?? undefined,
      body: request.check_body === false ? undefined : request.expected_response_text ?? undefined,
      sent: request.expected_request_headers,
      fields: request.expected_response_headers,
      absent: request.expected_response_headers_missing,
    }),
    wait: request.pause_after ? 3 : undefined,
  });
}

const cases = sets.flatMap(({ tests }) => tests)
  .filter((test) => !test.browser_skip && !test.cdn_only)
  .map((test) => ({ id: test.id, kind: test.kind ?? "required", steps: test.requests.map(step) }));

console.log(`[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]`);
