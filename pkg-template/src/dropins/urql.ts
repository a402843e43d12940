/** Under urql: an exchange that stands before `fetchExchange`. urql keeps its cache, its policies and its errors. */
import { makeOperation, type Exchange, type Operation } from "@urql/core";
import type { Forebay } from "../api.js";
import { graphqlFetch } from "./graphql.js";

export { graphqlFetch };

/** What urql's streams say; 0: the end. */
type Signal = 0 | { tag: 0 } | { tag: 1; 0: Operation };

/** Has operations that reach the network fetched by the page's broker: `exchanges: [cacheExchange, forebayExchange(app), fetchExchange]`. */
export function forebayExchange(app: Forebay): Exchange {
  const fetch = graphqlFetch(app);
  const shared = (operation: Operation) => (operation.kind === "teardown" ? operation : makeOperation(operation.kind, operation, { ...operation.context, fetch }));
  return ({ forward }) => (operations: any) =>
    forward(((sink: (signal: unknown) => void) =>
      operations((signal: Signal) => sink(signal && signal.tag === 1 ? Object.assign([shared(signal[0])], { tag: 1 }) : signal))) as typeof operations);
}
