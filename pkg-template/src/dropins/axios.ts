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

/** Options for `axios.create`. Uploads with progress are sent as they are. */
export function forebayAxios(app: Forebay): AxiosRequestConfig {
  const shared = graphqlFetch(app);
  const fetch: typeof shared = async (url, init) => inItsWords(await shared(url, named(init)));
  // Without a class of its own axios hands URL and options over, and they are read once.
  return { adapter: "fetch", env: { fetch, Request: null, Response: null } as unknown as NonNullable<AxiosRequestConfig["env"]> };
}
