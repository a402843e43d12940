/** What the tests' server answers: a small backend, new for each test. */
export function backend() {
  let visits = [{ id: 1, title: "First" }];
  let name = "Ada";
  return {
    "/api/visits": () => visits,
    "POST /api/visits": async (request) => {
      const { title } = await request.json();
      const visit = { id: visits.length + 1, title };
      visits = [...visits, visit];
      return visit;
    },
    graphql: (query, variables) => {
      if (query.startsWith("mutation")) name = variables.name;
      const viewer = { __typename: "User", id: "7", name };
      return query.startsWith("mutation") ? { rename: viewer } : { viewer };
    },
  };
}
