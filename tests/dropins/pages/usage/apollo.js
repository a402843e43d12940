// After the pages "Queries", "Mutations", "Pagination", "Polling", "Error handling" and "Apollo Link" of Apollo Client's documentation.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, from, gql as parse } from "@apollo/client/core";
import { setContext } from "@apollo/client/link/context";
import { onError } from "@apollo/client/link/error";
import { RetryLink } from "@apollo/client/link/retry";
import { ApolloProvider, useLazyQuery, useMutation, useQuery } from "@apollo/client/react";
import { createElement as h } from "react";
import { map } from "rxjs";
import { forebayLink } from "forebay/apollo";
import { show } from "./hooks.js";
import { PATIENT, PATIENTS, RENAME, settled, steps, TICK, until } from "./kit.js";

const terminating = (app, options = {}) => (app ? forebayLink(app, { uri: "/graphql", ...options }) : new HttpLink({ uri: "/graphql", ...options }));
const clientOf = (app, { links = [], cache = new InMemoryCache(), ...http } = {}) => new ApolloClient({ link: from([...links, terminating(app, http)]), cache });
const gql = (text) => parse(text);
const plain = ({ data, errors, error }) => ({ data, errors: (errors ?? error?.errors ?? error?.graphQLErrors)?.map(({ message }) => message) });
/** What a watched query shows. */
const watch = (client, options) => {
  const { seen, add } = steps();
  const query = client.watchQuery(options);
  const going = query.subscribe({ next: ({ data }) => data && Object.keys(data)[0] && add(data), error: ({ message }) => add(message) });
  return { seen, query, stop: () => going.unsubscribe() };
};

export const apollo = {
  async "polling, until it is stopped"(app) {
    const { seen, query, stop } = watch(clientOf(app), { query: gql(TICK), pollInterval: 60 });
    await until(() => seen.length >= 3);
    query.stopPolling();
    const { length } = seen;
    await new Promise((later) => setTimeout(later, 250));
    stop();
    return [seen.slice(0, 3), seen.length - length <= 1];
  },
  async "fetch policies: cache-first, network-only, cache-and-network, no-cache, cache-only"(app) {
    const client = clientOf(app);
    const ask = async (fetchPolicy) => plain(await client.query({ query: gql(TICK), fetchPolicy }));
    const found = [await ask("cache-first"), await ask("cache-first"), await ask("network-only"), await ask("no-cache"), await ask("cache-only")];
    const both = watch(client, { query: gql(TICK), fetchPolicy: "cache-and-network" });
    await until(() => both.seen.length === 2);
    both.stop();
    return [...found, both.seen];
  },
  async "refetch, with other variables too"(app) {
    const { seen, query, stop } = watch(clientOf(app), { query: gql(PATIENT), variables: { id: "1" } });
    await until(() => seen.length === 1);
    await query.refetch({ id: "2" });
    await query.setVariables?.({ id: "3" });
    await until(() => seen.length === 3);
    stop();
    return seen;
  },
  async "error policies: none, all, ignore"(app) {
    const client = clientOf(app);
    const ask = (errorPolicy) => settled(client.query({ query: gql("{ patient(id: 1) { id secret } }"), errorPolicy, fetchPolicy: "no-cache" }).then(plain));
    return [await ask("none"), await ask("all"), await ask("ignore")];
  },
  async "a mutation with an optimistic result, and one that is refused"(app) {
    const client = clientOf(app);
    const { seen, stop } = watch(client, { query: gql(PATIENT), variables: { id: "1" } });
    await until(() => seen.length === 1);
    const rename = (name) => client.mutate({ mutation: gql(RENAME), variables: { id: "1", name }, optimisticResponse: { rename: { __typename: "Patient", id: "1", name: name + "…" } } });
    await rename("Ada");
    const refused = await settled(rename("nobody"));
    await until(() => seen.length >= 5);
    stop();
    return [seen, refused.error?.message];
  },
  async "a mutation that updates the cache, and one that has queries read again"(app) {
    const client = clientOf(app);
    const list = watch(client, { query: gql(PATIENTS), variables: { offset: 0, limit: 2 } });
    await until(() => list.seen.length === 1);
    await client.mutate({ mutation: gql(RENAME), variables: { id: "9", name: "New" }, update: (cache, { data }) => cache.updateQuery({ query: gql(PATIENTS), variables: { offset: 0, limit: 2 } }, ({ patients }) => ({ patients: [...patients, data.rename] })) });
    await until(() => list.seen.length === 2);
    await client.mutate({ mutation: gql(RENAME), variables: { id: "1", name: "Bo" }, refetchQueries: ["Patients"], awaitRefetchQueries: true });
    list.stop();
    return list.seen;
  },
  async "pagination: fetchMore"(app) {
    const cache = new InMemoryCache({ typePolicies: { Query: { fields: { patients: { keyArgs: false, merge: (before = [], incoming, { args: { offset = 0 } }) => Object.assign([...before], Object.fromEntries(incoming.map((one, at) => [offset + at, one]))) } } } } });
    const { seen, query, stop } = watch(clientOf(app, { cache }), { query: gql(PATIENTS), variables: { offset: 0, limit: 2 } });
    await until(() => seen.length === 1);
    await query.fetchMore({ variables: { offset: 2 } });
    await until(() => seen.length === 2);
    stop();
    return seen;
  },
  async "RetryLink tries again, and not for ever"(app) {
    let tries = 0;
    const links = [new RetryLink({ delay: { initial: 1, jitter: false }, attempts: { max: 3, retryIf: (error) => !!error && !!(tries += 1) } })];
    const ask = (uri) => settled(clientOf(app, { links, uri }).query({ query: gql(TICK) }).then(plain));
    return [await ask("/flaky"), await ask("/down"), tries];
  },
  async "links: authentication, errors, timing, another endpoint for one query"(app) {
    const told = [];
    const links = [
      onError(({ error, graphQLErrors }) => void told.push((error?.errors ?? graphQLErrors ?? []).map(({ message }) => message))),
      new ApolloLink((operation, forward) => (told.push("asked " + operation.operationName), forward(operation))),
      setContext((_, { headers }) => ({ headers: { ...headers, authorization: "Bearer ann" } })),
    ];
    const client = clientOf(app, { links });
    const who = await client.query({ query: gql("query Who { who }") });
    await client.query({ query: gql("query Bad { patient(id: 1) { secret } }") }).catch(() => {});
    const elsewhere = await client.query({ query: gql("query Where { who }"), fetchPolicy: "no-cache", context: { uri: "/elsewhere" } });
    return [plain(who), plain(elsewhere), told];
  },
  async "cancelling with a signal, and leaving"(app) {
    const client = clientOf(app);
    const leaving = new AbortController();
    const going = settled(client.query({ query: gql("query Slow { slow }"), context: { fetchOptions: { signal: leaving.signal } } }));
    setTimeout(() => leaving.abort(), 400);
    const { name } = (await going).error ?? {};
    const left = watch(client, { query: gql("query Slow2 { slow }") });
    left.stop();
    return [name, left.seen, plain(await client.query({ query: gql(TICK) }))];
  },
  async "resetting the store reads what is shown again"(app) {
    const client = clientOf(app);
    const { seen, stop } = watch(client, { query: gql(TICK) });
    await until(() => seen.length === 1);
    await client.resetStore();
    await until(() => seen.length === 2);
    await client.refetchQueries({ include: "active" });
    await until(() => seen.length === 3);
    stop();
    return seen;
  },
  async "useLazyQuery: nothing before it is told to, then one and another, and again"(app) {
    const client = clientOf(app);
    const shown = show(() => {
      const [read, { data, called, loading }] = useLazyQuery(gql(PATIENT));
      return { read, data, called, loading };
    }, ({ data, called, loading }) => ({ data, called, loading }), (inner) => h(ApolloProvider, { client }, inner));
    await new Promise((later) => setTimeout(later, 100));
    const before = [...shown.seen];
    const found = [];
    for (const id of ["1", "2", "1"]) found.push((await shown.now.read({ variables: { id } })).data);
    await until(() => shown.seen.at(-1).data?.patient.id === "1" && !shown.seen.at(-1).loading);
    shown.stop();
    return [before, found, shown.seen.at(-1)];
  },
  async "useQuery: skip, cache-and-network, polling; useMutation"(app) {
    const client = clientOf(app);
    const shown = show(({ skip = true, pollInterval = 0 }) => {
      const tick = useQuery(gql(TICK), { fetchPolicy: "cache-and-network", skip, pollInterval });
      const patient = useQuery(gql(PATIENT), { variables: { id: "1" }, skip });
      const [rename] = useMutation(gql(RENAME));
      return { tick: tick.data?.tick, name: patient.data?.patient.name, rename };
    }, ({ tick, name }) => ({ tick, name }), (inner) => h(ApolloProvider, { client }, inner));
    await new Promise((later) => setTimeout(later, 100));
    const skipped = [...shown.seen];
    shown.render({ skip: false });
    await shown.has(({ tick, name }) => tick && name);
    await shown.now.rename({ variables: { id: "1", name: "Ada" } });
    await shown.has(({ name }) => name === "Ada");
    const read = shown.seen.at(-1);
    shown.render({ skip: false, pollInterval: 50 });
    await shown.has(({ tick }) => tick === read.tick + 2);
    shown.stop();
    return [skipped, read];
  },
  async "what servers put beside data, and in their headers"(app) {
    const seen = [];
    const links = [new ApolloLink((operation, forward) => {
      const noted = (result) => {
        const { headers, status } = operation.getContext().response;
        seen.push([operation.operationName, result.extensions, status, headers.get("x-trace"), headers.get("content-type")]);
        return result;
      };
      const going = forward(operation);
      return going.pipe ? going.pipe(map(noted)) : going.map(noted);
    })];
    const client = clientOf(app, { links, uri: "/extended" });
    await client.query({ query: gql(TICK) });
    await client.mutate({ mutation: gql(RENAME), variables: { id: "1", name: "Ada" } });
    const asked = ["query A { patient(id: 1) { name } }", "query B { patient(id: 1) { name ward } }"].map((query) => client.query({ query: gql(query) }));
    await Promise.all(asked);
    // What a server says of an operation that both had a part in is nobody's.
    return seen.sort().map(([name, extensions, ...rest]) => [name, ...(/^[AB]$/.test(name) ? [] : [extensions]), ...rest]);
  },
};
