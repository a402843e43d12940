/** Under axios (1.12 and later): its own `fetch` adapter, over the page's broker. Interceptors, transforms, errors and `validateStatus` are axios's. */
import type { AxiosRequestConfig } from "axios";
import type { Forebay } from "../api.js";
import { graphqlFetch } from "./graphql.js";

/** Options for `axios.create`. Uploads with progress are sent as they are. */
export const forebayAxios = (app: Forebay): AxiosRequestConfig => ({
  adapter: "fetch",
  // Without a class of its own axios hands URL and options over, and they are read once.
  env: { fetch: graphqlFetch(app), Request: null, Response: null } as unknown as NonNullable<AxiosRequestConfig["env"]>,
});
