// What `forebay/testing` promises, as users' compilers read it.
import type { Forebay } from "forebay";
import { testing, type Call } from "forebay/testing";

const { app, connect, server } = testing(
  {
    "/api/visits": [{ id: 1 }],
    "POST /api/visits": async (request, { params, query }) => ({ ...(await request.json()), id: params.id, page: query.get("page") }),
    "/api/down": () => new Response("", { status: 503 }),
    "/api/broken": new TypeError("cut off"),
    graphql: (query, variables, { name, request }) => ({ viewer: { name: name ?? query, variables, url: request.url } }),
  },
  { rules: [{ match: "/api/*", ttl: 60 }] },
);
export const apps: Forebay[] = [app, connect("other")];
export const calls: readonly Call[] = server.calls;
export const settled: Promise<void> = server.settled();
server.answer({ "/api/visits": null });
server.reset();
// @ts-expect-error what answers GraphQL is a function
server.answer({ graphql: { viewer: 1 } });
// @ts-expect-error the options are the host's
testing({}, { rule: [] });
