// What each app is handed to ask with: the `client` of `mount`.

/** Names of `?client=` in which the apps ask through Apollo Client. They exist to measure Forebay beside them. */
const APOLLO = { apollo: { shared: false }, "apollo-shared": { shared: true } };

/**
 * Gives `clientOf(app)` and `ready`, which must be awaited before it is called. Apollo's code is loaded only if it is
 * asked for, from a bundle of its own: whoever does not measure it does not carry it.
 *
 * An app's own client outlives its mounts, as one in the app's own module would.
 */
export function startClients({ client, api }) {
  const plain = { forebay: client.startsWith("forebay"), api };
  if (!Object.hasOwn(APOLLO, client)) return { clientOf: () => plain, ready: Promise.resolve() };

  const { shared } = APOLLO[client];
  const clients = new Map();
  let createApollo;
  return {
    ready: import("/apollo/index.js").then((module) => ({ createApollo } = module)),
    clientOf(app) {
      const owner = shared ? "page" : app;
      if (!clients.has(owner)) clients.set(owner, { ...plain, apollo: { ...createApollo(), shared } });
      return clients.get(owner);
    },
  };
}
