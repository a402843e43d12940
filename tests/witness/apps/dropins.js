// Other client libraries over Forebay, each without what it would itself remember or join.
import { QueryClient } from "@tanstack/query-core";
import { connect } from "forebay";
import { forebayFetcher } from "forebay/swr";
import { shareQueries } from "forebay/tanstack";
import { libraries } from "../../dropins/pages/libraries.js";

export const app = connect({ app: "dropins" });
const { axios, apollo } = libraries(connect);
const swr = forebayFetcher(app);

export const doors = {
  /** A client of its own for each: one would itself let them join. */
  tanstack: (key) => {
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const end = shareQueries(app, client);
    return client.fetchQuery({ queryKey: key }).finally(end);
  },
  swr: (url, init) => swr([url, init]),
  axios: (url, { headers, signal }) => axios.get(url, { headers, signal }),
  apollo: (text) => apollo.query(text, undefined, { fetchPolicy: "no-cache", context: { queryDeduplication: false } }),
};
