// What this app asks for: the week's visits, which may change while they are shown; and it moves them.
import { connect, type Forebay } from "forebay";
import { throughApollo, type Apollo } from "./apollo";

export interface Visit {
  readonly id: string;
  readonly time: string;
  readonly clinician: string;
}

/** How the page runs, as the host says. */
export interface Client {
  readonly forebay: boolean;
  readonly api: "rest" | "graphql";
  readonly apollo?: Apollo;
}

export interface Update {
  readonly data?: readonly Visit[];
  readonly error?: Error;
}

export interface Watch {
  stop(): void;
  refresh(): void;
}

export interface VisitSource {
  /** Tells `listener` the visits now and whenever they change. */
  watch(listener: (update: Update) => void): Watch;
  /** Moves a visit; rejects with the server's reason. */
  reschedule(id: string, time: string): Promise<void>;
  close(): void;
}

const VISITS = "query ScheduleAppts { visits { clinician id time } }";
const RESCHEDULE = "mutation Reschedule($id: ID!, $time: String!) { reschedule(id: $id, time: $time) { id time clinician } }";

/** What the app that changed visits says to those that cannot know otherwise. */
const CHANGED = "healthhub:visits-changed";
const JSON_BODY = { "content-type": "application/json", accept: "application/json" };

export function visitSource({ forebay, api, apollo }: Client, week: readonly string[]): VisitSource {
  if (apollo) return throughApollo(apollo, VISITS, RESCHEDULE, CHANGED);
  const app = forebay ? connect({ app: "schedule" }) : undefined;
  return { ...(api === "rest" ? byRest(app, week) : byGraphql(app)), close: () => app?.disconnect() };
}

function byRest(app: Forebay | undefined, week: readonly string[]): Omit<VisitSource, "close"> {
  // The same question as the figures in the side rail ask; this team's serialiser indents and sorts backwards.
  const search = { method: "POST", headers: JSON_BODY, body: JSON.stringify({ to: week.at(-1), from: week[0] }, null, 2) };
  const url = "/api/visits/search";
  return {
    watch: (listener) => app
      ? app.watch<readonly Visit[]>(url, search, ({ data, error }) => listener({ data, error }))
      : watchPlain(async () => jsonOf(await fetch(url, search)), listener),
    async reschedule(id, time) {
      const change = { method: "PATCH", headers: JSON_BODY, body: JSON.stringify({ time }) };
      await jsonOf(await (app ?? globalThis).fetch(`/api/visits/${id}`, change));
      app?.invalidate({ tags: ["visits"] });
      dispatchEvent(new CustomEvent(CHANGED));
    },
  };
}

function byGraphql(app: Forebay | undefined): Omit<VisitSource, "close"> {
  const visits = async () => {
    const data = app ? await app.query<{ visits: Visit[] }>(VISITS) : await post<{ visits: Visit[] }>(VISITS);
    return data.visits;
  };
  return {
    watch: (listener) => app
      ? app.watch<{ visits: Visit[] }>({ query: VISITS }, ({ data, error }) => listener({ data: data?.visits, error }))
      : watchPlain(visits, listener),
    async reschedule(id, time) {
      if (app) await app.mutate(RESCHEDULE, { id, time });
      else await post(RESCHEDULE, { id, time });
      dispatchEvent(new CustomEvent(CHANGED));
    },
  };
}

function watchPlain(ask: () => Promise<readonly Visit[]>, listener: (update: Update) => void): Watch {
  const refresh = () => void ask().then((data) => listener({ data }), (error: Error) => listener({ error }));
  addEventListener(CHANGED, refresh);
  refresh();
  return { refresh, stop: () => removeEventListener(CHANGED, refresh) };
}

async function post<Data>(query: string, variables?: object): Promise<Data> {
  const response = await fetch("/graphql", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await jsonOf<{ data: Data; errors?: { message: string }[] }>(response);
  if (errors) throw new Error(errors[0]!.message);
  return data;
}

async function jsonOf<Value>(response: Response): Promise<Value> {
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(detail ?? `The server answered ${response.status}.`);
}
