// The same questions to Apollo Client, which Forebay is measured beside; its defaults hold. The host brings it along, so
// only what is used of it is declared here.
import { signal } from "@angular/core";
import type { Visit, Visits } from "./data";

export interface Apollo {
  readonly client: Client;
  readonly gql: (document: string) => ParsedDocument;
}

interface Client {
  watchQuery(options: { query: ParsedDocument }): Watched;
  mutate(options: { mutation: ParsedDocument; variables: object; update(cache: Cache): void }): Promise<unknown>;
}

interface Watched {
  subscribe(listener: (result: { data?: { visits: Visit[] }; error?: Error; loading: boolean }) => void): { unsubscribe(): void };
  refetch(): Promise<unknown>;
}

interface Cache {
  modify(options: { fields: { visits(list: readonly Reference[], details: Details): readonly Reference[] } }): void;
}

interface Details {
  readField(name: "id" | "time", of: Reference): string;
}

/** A document that `gql` has parsed, and an entity in the cache. */
type ParsedDocument = { readonly kind: string };
type Reference = { readonly __ref: string };

export function throughApollo({ client, gql }: Apollo, visits: string, reschedule: string): Visits {
  const watched = client.watchQuery({ query: gql(visits) });
  const data = signal<readonly Visit[] | undefined>(undefined);
  const error = signal<Error | undefined>(undefined);
  const refresh = () => void watched.refetch().catch(() => {}); // the subscription tells of the failure
  let subscription: { unsubscribe(): void } | undefined;
  return {
    read() {
      subscription = watched.subscribe((result) => {
        if (result.loading) return;
        if (result.data) data.set(result.data.visits);
        error.set(result.error);
      });
      return { visits: { data, error, refresh }, move };
    },
    providers: [],
    close: () => subscription?.unsubscribe(),
  };

  async function move(id: string, time: string): Promise<void> {
    // The answer holds the visit as it is now, and the cache takes it in by its id: to ask for the list again would
    // cost a call and bring nothing. Only the list's order, which is by time, is left to be put right.
    const update = (cache: Cache) => cache.modify({ fields: { visits: inOrder } });
    await client.mutate({ mutation: gql(reschedule), variables: { id, time }, update });
  }
}

/** The order in which the server lists visits. */
function inOrder(list: readonly Reference[], { readField }: Details): readonly Reference[] {
  const place = (visit: Reference) => `${readField("time", visit)} ${readField("id", visit)}`;
  return list.toSorted((a, b) => place(a) < place(b) ? -1 : 1);
}
