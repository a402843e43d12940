// What this app asks for: the week's visits, which may change while they are shown; and it moves them.
import { signal, type Provider, type Signal } from "@angular/core";
import { connect } from "forebay";
import { injectForebay, injectForebayMutation, provideForebay } from "forebay/angular";
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

/** What is shown of the visits, now and whenever they change. */
export interface Shown {
  readonly data: Signal<readonly Visit[] | undefined>;
  readonly error: Signal<Error | undefined>;
  refresh(): void;
}

/** The week's visits: what the component has injected. */
export abstract class Visits {
  /** To be called where `inject` may be. */
  abstract read(): { readonly visits: Shown; readonly move: (id: string, time: string) => Promise<unknown> };
  readonly providers: Provider[] = [];
  close(): void {}
}

const VISITS = "query ScheduleAppts { visits { clinician id time } }";
const RESCHEDULE = "mutation Reschedule($id: ID!, $time: String!) { reschedule(id: $id, time: $time) { id time clinician } }";
const SEARCH = "/api/visits/search";

/** What this app says when it has moved a visit, to those that cannot know otherwise. */
export const CHANGED = "healthhub:visits-changed";
const JSON_BODY = { "content-type": "application/json", accept: "application/json" };

export function visitsOf({ forebay, api, apollo }: Client, week: readonly string[]): Visits {
  if (apollo) return throughApollo(apollo, VISITS, RESCHEDULE);
  // The same question as the figures in the side rail ask; this team's serialiser indents and sorts backwards.
  const search = { method: "POST", headers: JSON_BODY, body: JSON.stringify({ to: week.at(-1), from: week[0] }, null, 2) };
  return forebay ? throughForebay(api, search) : throughFetch(api, search);
}

/** What one component shows others need not ask for again, whatever they are written in; and all know when visits change. */
function throughForebay(api: Client["api"], search: RequestInit): Visits {
  const app = connect({ app: "schedule" });
  const rest = () => ({
    visits: injectForebay<readonly Visit[]>(() => [SEARCH], { init: search }),
    move: injectForebayMutation(async (id: string, time: string) => jsonOf(await app.fetch(`/api/visits/${id}`, changeTo(time))), { invalidates: { tags: ["visits"] } }),
  });
  const graphql = () => {
    const reschedule = injectForebayMutation<unknown, { id: string; time: string }>(RESCHEDULE);
    return {
      visits: injectForebay<{ visits: readonly Visit[] }, never, readonly Visit[]>(() => [VISITS], { select: ({ visits }) => visits }),
      move: (id: string, time: string) => reschedule({ id, time }),
    };
  };
  return { read: api === "rest" ? rest : graphql, providers: [provideForebay(app)], close: () => app.disconnect() };
}

/** Without it: who shows something asks for it, and asks again when somebody has changed it. */
function throughFetch(api: Client["api"], search: RequestInit): Visits {
  const data = signal<readonly Visit[] | undefined>(undefined);
  const error = signal<Error | undefined>(undefined);
  const ask = async () => (api === "rest" ? jsonOf<readonly Visit[]>(await fetch(SEARCH, search)) : (await post<{ visits: readonly Visit[] }>(VISITS)).visits);
  const show = (visits: readonly Visit[] | undefined, problem?: Error) => {
    if (visits) data.set(visits);
    error.set(problem);
  };
  const refresh = () => void ask().then(show, (problem: Error) => show(undefined, problem));
  addEventListener(CHANGED, refresh);
  return {
    read() {
      refresh();
      return {
        visits: { data, error, refresh },
        async move(id, time) {
          if (api === "rest") await jsonOf(await fetch(`/api/visits/${id}`, changeTo(time)));
          else await post(RESCHEDULE, { id, time });
        },
      };
    },
    providers: [],
    close: () => removeEventListener(CHANGED, refresh),
  };
}

const changeTo = (time: string) => ({ method: "PATCH", headers: JSON_BODY, body: JSON.stringify({ time }) });

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
