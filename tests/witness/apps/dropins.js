// Other client libraries over Forebay, each without what it would itself remember or join.
import { connect } from "forebay";
import { forebayFetcher } from "forebay/swr";
import { libraries } from "../../dropins/pages/libraries.js";

export const app = connect({ app: "dropins" });
const { tanstack, axios, apollo } = libraries(connect);
const swr = forebayFetcher(app);

export const doors = {
  /** A query that is there already would be joined, by TanStack Query itself. */
  tanstack: (key) => {
    tanstack.client.removeQueries({ queryKey: key });
    return tanstack.client.fetchQuery({ queryKey: key });
  },
  swr: (url, init) => swr([url, init]),
  axios: (url, { headers, signal }) => axios.get(url, { headers, signal }),
  apollo: (text) => apollo.query(text, undefined, { fetchPolicy: "no-cache", context: { queryDeduplication: false } }),
};
