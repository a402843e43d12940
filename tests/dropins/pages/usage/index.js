// Usage that the libraries' documentation shows, with Forebay under it or without: who tests compares what is seen.
import { apollo } from "./apollo.js";
import { axiosUsage } from "./axios.js";
import { swr } from "./swr.js";
import { tanstack } from "./tanstack.js";
import { urql } from "./urql.js";

export const usage = { apollo, urql, tanstack, swr, axios: axiosUsage };
