// After the pages "Basics", "React/Preact Bindings", "Document caching", "Errors", "Authentication" and "Retrying operations" of urql's documentation.
import { Client, cacheExchange, fetchExchange, gql, mapExchange } from "@urql/core";
import { retryExchange } from "@urql/exchange-retry";
import { createElement as h } from "react";
import { Provider, useMutation, useQuery } from "urql";
import { forebayExchange } from "forebay/urql";
import { show } from "./hooks.js";
import { PATIENT, RENAME, steps, TICK, until } from "./kit.js";

const clientOf = (app, { exchanges = [], url = "/graphql", ...options } = {}) =>
  new Client({ url, preferGetMethod: false, ...options, exchanges: [cacheExchange, ...exchanges, ...(app ? [forebayExchange(app)] : []), fetchExchange] });
const plain = ({ data, error, stale, extensions }) => ({ data, stale, extensions, errors: error?.graphQLErrors.map(({ message }) => message), network: !!error?.networkError, status: error?.response?.status });
const watch = (client, ...asked) => {
  const { seen, add } = steps();
  const { unsubscribe } = client.query(...asked).subscribe((result) => add(plain(result)));
  return { seen, stop: unsubscribe };
};

export const urql = {
  async "request policies"(app) {
    const client = clientOf(app);
    const ask = async (requestPolicy) => plain(await client.query(gql(TICK), {}, { requestPolicy }).toPromise());
    const found = [await ask("cache-first"), await ask("cache-first"), await ask("network-only"), await ask("cache-only")];
    const both = watch(client, gql(TICK), {}, { requestPolicy: "cache-and-network" });
    await until(() => both.seen.length >= 2 && !both.seen.at(-1).stale);
    both.stop();
    return [...found, both.seen, client.readQuery(gql(TICK), {})?.data];
  },
  async "a mutation makes what is shown of the type read again"(app) {
    const client = clientOf(app);
    const patient = watch(client, gql(PATIENT), { id: "1" });
    await until(() => patient.seen.length === 1);
    const renamed = plain(await client.mutation(gql(RENAME), { id: "1", name: "Ada" }).toPromise());
    await until(() => patient.seen.at(-1).data?.patient.name === "Ada" && !patient.seen.at(-1).stale);
    patient.stop();
    return [renamed, patient.seen.at(-1)];
  },
  async "errors beside data, refused documents, gateways"(app) {
    const ask = async (text, url) => plain(await clientOf(app, { url }).query(gql(text), {}).toPromise());
    return [await ask("query Partly { patient(id: 1) { id secret } }"), await ask("query Wrong { nothing }"), await ask(TICK, "/down")];
  },
  async "retryExchange tries again, and not for ever"(app) {
    let tries = 0;
    const exchanges = [retryExchange({ initialDelayMs: 1, maxDelayMs: 2, maxNumberAttempts: 3, retryIf: (error) => !!error && !!(tries += 1) })];
    const ask = async (url) => plain(await clientOf(app, { url, exchanges }).query(gql(TICK), {}).toPromise());
    return [await ask("/flaky"), await ask("/down"), tries];
  },
  async "headers by a function, and results that are mapped on their way"(app) {
    const told = [];
    const exchanges = [mapExchange({ onOperation: ({ kind }) => void told.push(kind), onResult: (result) => void told.push(!!result.data), onError: ({ message }) => void told.push(message) })];
    const client = clientOf(app, { exchanges, fetchOptions: () => ({ headers: { authorization: "Bearer ann" } }) });
    const who = plain(await client.query(gql("query Who { who }"), {}).toPromise());
    await client.query(gql("query Partly { patient(id: 1) { secret } }"), {}).toPromise();
    return [who, told];
  },
  async "other variables, and who leaves before there is an answer"(app) {
    const client = clientOf(app);
    const left = watch(client, gql("query Slow { slow }"), {});
    left.stop();
    const found = [];
    for (const id of ["1", "2", "1"]) found.push(plain(await client.query(gql(PATIENT), { id }).toPromise()));
    return [left.seen, found];
  },
  async "useQuery: pause, other variables, executing it again; useMutation"(app) {
    const client = clientOf(app);
    const shown = show(({ id = "1", pause = false }) => {
      const [read, again] = useQuery({ query: gql(PATIENT), variables: { id }, pause });
      const [renamed, rename] = useMutation(gql(RENAME));
      return { ...read, again, rename, renamed: renamed.data };
    }, ({ data, fetching, renamed }) => ({ data, fetching, renamed }), (inner) => h(Provider, { value: client }, inner));
    shown.render({ pause: true });
    await new Promise((later) => setTimeout(later, 100));
    const paused = shown.seen.at(-1);
    shown.render({});
    await shown.has(({ data }) => data?.patient.id === "1");
    shown.render({ id: "2" });
    await shown.has(({ data }) => data?.patient.id === "2");
    shown.now.again({ requestPolicy: "network-only" });
    // Else it depends on which is quicker whether the change has it read once more.
    await until(() => shown.now.fetching);
    await until(() => !shown.now.fetching);
    await shown.now.rename({ id: "2", name: "Bo" });
    await shown.has(({ data, renamed }) => renamed && data?.patient.name === "Bo");
    await until(() => !shown.seen.at(-1).fetching);
    shown.stop();
    return [paused, shown.seen.at(-1)];
  },
  async "what servers put beside data"(app) {
    return plain(await clientOf(app, { url: "/extended" }).query(gql(TICK), {}).toPromise());
  },
};
