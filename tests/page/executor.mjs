// A GraphQL server for pages: a real executor over a few objects.
import { buildSchema, execute, GraphQLError, parse, validate } from "graphql";

const schema = buildSchema(/* GraphQL */ `
  type User { id: ID! name: String! role: String! email: String! friend: User }
  type Patient { id: ID! name: String! dob: String! visits(first: Int): [Visit!]! }
  type Visit { id: ID! time: String! clinician: String }
  type Query { viewer: User patient(id: ID!): Patient visits(first: Int): [Visit!] }
  type Mutation { reschedule(id: ID!, time: String!): Visit rename(name: String!): User ping: Boolean }
`);

/** A GraphQL server over data of its own, which counts. `secret` fields fail. */
export function graphql({ headers = {}, delay = 20, secret = [] } = {}) {
  const data = { viewer: { id: "u1", name: "Ada", role: "nurse", email: "ada@a.test" }, visits: [{ id: "v1", time: "08:00", clinician: "Bo" }, { id: "v2", time: "09:00", clinician: "Cy" }] };
  data.viewer.friend = { id: "u2", name: "Bo", role: "doctor", email: "bo@a.test" };
  const documents = [];
  const resolve = (source, _, __, { fieldName }) => {
    if (secret.includes(fieldName)) throw new GraphQLError(`${fieldName} is secret`);
    return typeof source?.[fieldName] === "function" ? undefined : source?.[fieldName];
  };
  const roots = {
    viewer: () => data.viewer,
    patient: (_, { id }) => ({ id, name: `Patient ${id}`, dob: "1970-01-01", visits: data.visits }),
    visits: (_, { first }) => data.visits.slice(0, first),
    reschedule: (_, { id, time }) => Object.assign(data.visits.find((visit) => visit.id === id), { time }),
    rename: (_, { name }) => Object.assign(data.viewer, { name }),
    ping: () => true,
  };
  const answer = async ({ body, search, method }) => {
    const { query, variables, operationName } = method === "GET" ? Object.fromEntries(new URLSearchParams(search)) : JSON.parse(body);
    documents.push(query);
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length) return { status: 400, delay, headers, json: { errors } };
    const result = await execute({
      schema, document, variableValues: variables, operationName,
      fieldResolver: (source, args, context, info) => (source === undefined ? roots[info.fieldName](source, args) : resolve(source, args, context, info)),
    });
    return { delay, headers, json: result };
  };
  return { answer, documents, data };
}
