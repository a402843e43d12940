// Apollo Client as its guide sets it up: the normalised cache, one HTTP link, all defaults. No framework's bindings.
//
// This bundle is the page's only copy of the code, even when every app has a client of its own. Each team would bundle
// its own copy; for what reaches the server it makes no difference whose bundle carries the code, since a client and
// its cache know nothing of any other.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";

/** What an app needs in order to ask: a client with an empty cache, and the tag that parses documents for it. */
export function createApollo() {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: "/graphql" }) });
  return { client, gql };
}
