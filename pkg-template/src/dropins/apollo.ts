/** Under Apollo Client: a terminating link in the place of `HttpLink`. Apollo keeps its cache, its policies and its errors. */
import { HttpLink } from "@apollo/client/link/http";
import type { Forebay } from "../api.js";
import { graphqlFetch } from "./graphql.js";

export { graphqlFetch };

/** As `new HttpLink(options)`, over the page's broker. */
export const forebayLink = (app: Forebay, options: HttpLink.Options = {}): HttpLink => new HttpLink({ ...options, fetch: graphqlFetch(app) });
