// The GraphQL form of the API, over the same data as the REST form.
import { readFileSync } from "node:fs";
import { GraphQLError, Kind } from "graphql";
import { createSchema, createYoga } from "graphql-yoga";
import { PATIENTS, reschedule } from "./clinic.mjs";

/** Also the analyzer reads it (build.mjs). */
const typeDefs = readFileSync(new URL("schema.graphql", import.meta.url), "utf8");

/** What a resolver may see of the session: nothing, when nobody is signed in or a failure was asked for. */
function enter(session, resource) {
  const fault = session.fault(resource);
  if (fault) throw new GraphQLError("This failure was asked for.", { extensions: { code: "ASKED_FOR", http: { status: fault } } });
  if (session.user === undefined) throw new GraphQLError("Nobody is signed in.", { extensions: { code: "UNAUTHENTICATED", http: { status: 401 } } });
  return session;
}

const resolvers = {
  Query: {
    viewer: (_, __, { session }) => enter(session, "viewer").user,
    patient: (_, { id }, { session }) => enter(session, "patient") && PATIENTS.find((patient) => patient.id === id),
    visits: (_, __, { session }) => enter(session, "visits").visits,
  },
  Mutation: {
    reschedule(_, { id, time }, { session }) {
      enter(session, "reschedule");
      const { visit, status, problem } = reschedule(session.visits, session.week, id, time);
      if (visit) return visit;
      throw new GraphQLError(problem, { extensions: { code: { 404: "NOT_FOUND", 409: "CONFLICT", 422: "BAD_USER_INPUT" }[status] } });
    },
  },
};

/** Writes into the call, which was noted on arrival, what it turned out to ask for. */
const naming = {
  onExecute({ args }) {
    const { call } = args.contextValue;
    const operation = args.document.definitions.find(({ kind, name }) =>
      kind === Kind.OPERATION_DEFINITION && (!args.operationName || name?.value === args.operationName));
    const fields = operation.selectionSet.selections.filter(({ kind }) => kind === Kind.FIELD).map(({ name }) => name.value);
    call.resource = [...new Set(fields)].sort().join("+") || call.resource;
    call.write = operation.operation === "mutation";
    call.operation = operation.name?.value;
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs, resolvers }),
  plugins: [naming],
  graphqlEndpoint: "/graphql",
  graphiql: false,
  landingPage: false,
  logging: false,
});

/** Answers one request at `/graphql`: `{ status, headers, body }`. */
export async function answer({ session, call, method, url, headers, body }) {
  const request = new Request(url, { method, headers, body: /^(GET|HEAD)$/.test(method) ? undefined : body });
  const response = await yoga.fetch(request, { session, call });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
