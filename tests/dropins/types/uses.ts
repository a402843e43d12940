// Read by a user's compiler, and not run: each drop-in fits where its library's own part stands.
import { ApolloClient, ApolloLink, InMemoryCache } from "@apollo/client";
import { QueryClient } from "@tanstack/query-core";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import axios from "axios";
import { connect } from "forebay";
import { forebayLink } from "forebay/apollo";
import { forebayAxios } from "forebay/axios";
import { graphqlFetch } from "forebay/graphql-fetch";
import { install } from "forebay/install";
import { forebayFetcher, forebayProvider } from "forebay/swr";
import { forebayQueryFn, shareQueries } from "forebay/tanstack";
import { forebayExchange } from "forebay/urql";
import type { SWRConfiguration } from "swr";

const app = connect({ app: "typed" });

new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([forebayLink(app, { uri: "/graphql", headers: { "x-a": "1" } })]) });
// @ts-expect-error its options are HttpLink's
forebayLink(app, { url: "/graphql" });

new Client({ url: "/graphql", preferGetMethod: false, exchanges: [cacheExchange, forebayExchange(app), fetchExchange] });

const client = new QueryClient();
const end: () => void = shareQueries(app, client);
client.fetchQuery<{ name: string }>({ queryKey: ["/api/patients", { ward: 3 }], queryFn: forebayQueryFn(app) }).then(({ name }) => name.length);

export const swr: SWRConfiguration & { provider: unknown } = { fetcher: forebayFetcher(app), provider: forebayProvider(app) };
forebayFetcher(app)(["/api/patients", { headers: { "x-a": "1" } }]);
// @ts-expect-error a number names no request
forebayFetcher(app)(17);

axios.create({ baseURL: "/api", ...forebayAxios(app) }).get<{ name: string }>("/patients/17").then(({ data }) => data.name.length);

export const plain: typeof fetch = graphqlFetch(app);
export const uninstall: () => void = install(app, { match: ["/api/*"] });
// @ts-expect-error which URLs is to be said
install(app, {});
end();
