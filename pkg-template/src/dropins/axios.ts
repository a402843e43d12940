/** Under axios (1.12 and later): its own `fetch` adapter, over the page's broker. Interceptors, transforms, errors and `validateStatus` are axios's. */
import type { AxiosRequestConfig } from "axios";
import type { Forebay } from "../api.js";
import { graphqlFetch } from "./graphql.js";

/** What axios reads a body by. */
const READERS = ["text", "json", "arrayBuffer", "blob", "formData"] as const;

/**
 * To who reads a body whole that breaks off Chromium says that fetching has failed, and axios goes by these words; of a
 * response that was made it says this.
 */
const broken = (error: any) => {
  throw error?.message === "network error" ? new TypeError("Failed to fetch", { cause: error }) : error;
};

function inItsWords(response: Response): Response {
  for (const name of READERS) {
    const read = response[name];
    Object.defineProperty(response, name, { value: () => read.call(response).catch(broken) });
  }
  return response;
}

/**
 * Without the name that axios gives itself in newer releases: Chromium never sends it, and where it is sent, it would keep
 * what axios asks apart from what others ask. A `User-Agent` of the caller's own stays.
 */
function named(init: RequestInit = {}): RequestInit {
  const headers = new Headers(init.headers);
  if (headers.get("user-agent")?.startsWith("axios/")) headers.delete("user-agent");
  return { ...init, headers };
}

/**
 * What axios makes a `Request` of, before it is one: so URL and options are handed over as they are, and are read once. axios
 * finds no streams for uploads in it, and sends bodies as they are.
 */
class Asked {
  readonly body = null;
  readonly headers = new Headers();
  constructor(
    readonly url: string,
    readonly init: RequestInit,
  ) {}
  /** Looked for on the prototype: axios says of credentials what it was told only where a `Request` knows them. */
  get credentials(): RequestCredentials | undefined {
    return this.init.credentials;
  }
}

/** Options for `axios.create`. Uploads with progress are sent as they are. */
export function forebayAxios(app: Forebay): AxiosRequestConfig {
  const shared = graphqlFetch(app);
  const fetch = async ({ url, init }: Asked, more?: RequestInit) => inItsWords(await shared(url, named({ ...init, ...more })));
  return { adapter: "fetch", env: { fetch, Request: Asked } as unknown as NonNullable<AxiosRequestConfig["env"]> };
}
