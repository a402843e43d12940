// Five client libraries as their users set them up, over the browser's fetch or over Forebay: who tests compares.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql as apolloGql } from "@apollo/client/core";
import { QueryClient, QueryObserver } from "@tanstack/query-core";
import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";
import axios from "axios";
import { createElement, useEffect } from "react";
import { createRoot } from "react-dom/client";
import useSWR, { SWRConfig } from "swr";
import { forebayLink } from "forebay/apollo";
import { forebayAxios } from "forebay/axios";
import { forebayFetcher, forebayProvider } from "forebay/swr";
import { forebayQueryFn, shareQueries } from "forebay/tanstack";
import { forebayExchange, graphqlFetch } from "forebay/urql";

const json = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok) throw Object.assign(new Error("status " + response.status), { status: response.status });
  return response.json();
};

/** `connect` makes an app of Forebay; without it the libraries are by themselves. */
export function libraries(connect) {
  const on = (name) => connect?.({ app: name });
  return { apollo: apollo(on("apollo")), urql: urql(on("urql")), tanstack: tanstack(on("tanstack")), swr: swr(on("swr")), axios: overAxios(on("axios")) };
}

function apollo(app) {
  const link = app ? forebayLink(app, { uri: "/graphql" }) : new HttpLink({ uri: "/graphql" });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return {
    client,
    query: async (text, variables, options) => {
      const { data, errors, error } = await client.query({ query: apolloGql(text), variables, ...options });
      return { data, errors: errors ?? error?.errors };
    },
    mutate: async (text, variables) => (await client.mutate({ mutation: apolloGql(text), variables })).data,
    /** Leaves before there is an answer. */
    leave: (text) => {
      const going = client.watchQuery({ query: apolloGql(text) }).subscribe({ next() {}, error() {} });
      going.unsubscribe();
    },
    ApolloLink,
  };
}

function urql(app) {
  const client = new Client({ url: "/graphql", preferGetMethod: false, exchanges: [cacheExchange, ...(app ? [forebayExchange(app)] : []), fetchExchange] });
  const plain = ({ data, error }) => ({
    data, errors: error?.graphQLErrors?.map(({ message }) => ({ message })), network: error?.networkError?.message, status: error?.response?.status,
  });
  return {
    client,
    query: async (text, variables) => plain(await client.query(gql(text), variables ?? {}).toPromise()),
    mutate: async (text, variables) => plain(await client.mutation(gql(text), variables ?? {}).toPromise()),
  };
}

function tanstack(app) {
  const client = new QueryClient({ defaultOptions: { queries: { retryDelay: 1, retry: 2 } } });
  const end = app ? shareQueries(app, client) : undefined;
  const queryFn = app ? undefined : ({ queryKey: [url, params], signal }) => json(params ? `${url}?${new URLSearchParams(params)}` : url, { signal });
  const post = app ? graphqlFetch(app) : fetch;
  const options = (url, params) => ({ queryKey: params ? [url, params] : [url], ...(queryFn && { queryFn }) });
  return {
    client, end, forebayQueryFn,
    get: (url, params) => client.fetchQuery(options(url, params)),
    query: (text, variables) => client.fetchQuery({ queryKey: [text, variables], queryFn: async ({ signal }) => (await post("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: text, variables }), signal })).json() }),
    /** What an observer of it sees. */
    watch: (url) => {
      const seen = [];
      const observer = new QueryObserver(client, options(url));
      const stop = observer.subscribe(({ data, status }) => seen.push([status, data]));
      return { seen, stop };
    },
    cancel: (url) => client.cancelQueries({ queryKey: [url] }),
  };
}

/** Rendered for real: SWR is a hook. */
function swr(app) {
  const fetcher = app ? forebayFetcher(app) : (key) => (typeof key === "string" ? json(key) : json(...key));
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  const wanted = new Map();
  let number = 0;
  function Reader({ id, of, how }) {
    const { data, error } = useSWR(of, how ?? fetcher);
    const { told } = wanted.get(id);
    useEffect(() => {
      told({ data, error });
    });
    return null;
  }
  const config = { dedupingInterval: 2_000, errorRetryInterval: 1, errorRetryCount: 2, revalidateOnFocus: false, ...(app && { provider: forebayProvider(app) }) };
  const render = () => root.render(createElement(SWRConfig, { value: config }, ...[...wanted].map(([id, { of, how }]) => createElement(Reader, { key: id, id, of, how }))));
  const read = (of, how) => new Promise((resolve, reject) => {
    const id = ++number;
    let failures = 0;
    wanted.set(id, {
      of, how,
      // Renderings come with the same error again.
      told: ({ data, error }) => (data !== undefined ? resolve(data) : error && (failures += 1) && setTimeout(() => reject(error), 300)),
    });
    render();
  });
  const post = app ? graphqlFetch(app) : fetch;
  return {
    get: (key) => read(key),
    query: (text, variables) => read([text, JSON.stringify(variables)], async () => (await post("/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: text, variables }) })).json()),
  };
}

function overAxios(app) {
  const client = axios.create(app ? forebayAxios(app) : { adapter: "fetch" });
  return {
    client, isCancel: axios.isCancel,
    get: async (url, options) => (await client.get(url, options)).data,
    query: async (text, variables) => (await client.post("/graphql", { query: text, variables })).data,
  };
}
