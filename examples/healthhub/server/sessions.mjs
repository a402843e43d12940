// One browser's stay: its person, its own copy of the clinic's visits, and a list of every call that it made.
import { randomUUID } from "node:crypto";
import { USERS, visitsOf } from "./clinic.mjs";
import { random } from "./random.mjs";

const COOKIE = "healthhub";
/** The longest list of calls, and the most sessions, that are kept; the oldest go first. */
const MOST_CALLS = 10_000;
const MOST_SESSIONS = 5_000;

/**
 * A call that reached the API.
 *
 * @typedef {object} Call
 * @property {number} seq counts up within the session
 * @property {"rest" | "graphql"} kind
 * @property {string} method
 * @property {string} url as it arrived
 * @property {string} resource `viewer`, `patient`, `visits`, `reschedule`; several root fields are joined with `+`
 * @property {boolean} write
 * @property {string} [document] the GraphQL document's text
 * @property {number} [status] absent while the answer is outstanding
 */

export class Session {
  /** @type {Call[]} */ calls = [];
  /** @type {{ resource: string, status: number, times: number }[]} */ faults = [];
  #seq = 0;

  constructor(week, seed) {
    this.id = randomUUID();
    this.week = week;
    this.seed(seed);
    this.restore();
  }

  /** Starts the row of latencies anew. */
  seed(seed) {
    this.random = random(seed);
  }

  /** Puts the data back to what they were, and the person back in. Calls stay counted. */
  restore() {
    this.user = USERS[0];
    this.visits = visitsOf(this.week);
    this.faults = [];
  }

  get seq() {
    return this.#seq;
  }

  /** Notes a call on its arrival, whatever becomes of it. */
  arrived(call) {
    const noted = { seq: ++this.#seq, ...call };
    this.calls.push(noted);
    if (this.calls.length > MOST_CALLS) this.calls.shift();
    return noted;
  }

  /** The status with which the next call for a resource shall fail, or `undefined`. */
  fault(resource) {
    const fault = this.faults.find((candidate) => candidate.resource === resource && candidate.times > 0);
    if (fault) fault.times -= 1;
    return fault?.status;
  }

  /** What arrived after `since`. `inFlight` is what has no answer yet. */
  counts(since = 0) {
    const calls = this.calls.filter(({ seq }) => seq > since);
    const byResource = {};
    for (const { resource } of calls) byResource[resource] = (byResource[resource] ?? 0) + 1;
    const of = (kind) => calls.filter((call) => call.kind === kind).length;
    return {
      last: this.#seq,
      operations: calls.length,
      reads: calls.filter(({ write }) => !write).length,
      rest: of("rest"),
      graphql: of("graphql"),
      inFlight: calls.filter(({ status }) => status === undefined).length,
      byResource,
      calls,
    };
  }
}

/** The sessions by their cookie. */
export class Sessions {
  #byId = new Map();
  #started = 0;

  constructor(week, seed) {
    this.week = week;
    this.firstSeed = seed;
    /** Whatever comes without a cookie is counted here, so that nothing goes uncounted. Nobody is signed in. */
    this.stray = new Session(week, seed);
    this.stray.user = undefined;
  }

  of(request) {
    const id = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1];
    return this.#byId.get(id) ?? this.stray;
  }

  /** A session for a browser that has opened the page for the first time, and the cookie to send it. */
  begin(seed = this.firstSeed + this.#started++) {
    const session = new Session(this.week, seed);
    this.#byId.set(session.id, session);
    if (this.#byId.size > MOST_SESSIONS) this.#byId.delete(this.#byId.keys().next().value);
    return { session, cookie: `${COOKIE}=${session.id}; Path=/; HttpOnly; SameSite=Lax` };
  }
}
