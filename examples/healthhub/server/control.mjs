// What the page and the tests may ask of the server about itself. Not part of the API, not delayed, not counted.
import { json as readJson } from "node:stream/consumers";
import { USERS } from "./clinic.mjs";
import { problem } from "./rest.mjs";

/**
 * - `GET /__counts?since=N`: the calls of this browser after number N, and of those without a cookie (`stray`)
 * - `POST /__counts/reset?seed=N`: forgets the calls, and starts the row of latencies anew
 * - `POST /__reset`: restores the data set, signs the first person in, ends the faults
 * - `POST /__faults` `{ resource, status, times }`: lets the next calls for a resource fail
 * - `POST /__fresh`: lets the browser forget what it cached, so that the next run starts from nothing
 * - `POST /session` `{ user }`, `DELETE /session`: signs in, signs out
 */
export async function control({ sessions }, request, url) {
  const session = sessions.of(request);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /__counts": {
      const since = Number(url.searchParams.get("since") ?? 0);
      return json({ ...session.counts(since), stray: sessions.stray.calls.length });
    }
    case "POST /__counts/reset":
      session.calls = [];
      if (url.searchParams.has("seed")) session.seed(Number(url.searchParams.get("seed")));
      return { status: 204 };
    case "POST /__reset":
      session.restore();
      return { status: 204 };
    case "POST /__faults": {
      const { resource, status = 503, times = 1 } = await readJson(request);
      session.faults.push({ resource, status, times });
      return { status: 204 };
    }
    case "POST /__fresh":
      return { status: 204, headers: { "Clear-Site-Data": '"cache"' } };
    case "POST /session":
      return signIn(session, (await readJson(request)).user);
    case "DELETE /session":
      return signIn(session, null);
    default:
      return problem(404, `There is no ${request.method} ${url.pathname}.`);
  }
}

/** The cookie stays the same, so the browser must forget what it cached for the person before. */
function signIn(session, id) {
  const user = USERS.find((candidate) => candidate.id === id);
  if (id !== null && !user) return problem(422, `There is nobody called ${id}.`);
  session.user = user;
  return { status: 204, headers: { "Clear-Site-Data": '"cache"' } };
}

function json(value) {
  return { status: 200, headers: { "Content-Type": "application/json", "Cache-Control": "no-store" }, body: JSON.stringify(value) };
}
