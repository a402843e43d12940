/** What pages need that rank, loaded with the first ranker. */
export { Learning } from "./learning.js";
export { ModelRanker } from "./ranker.js";
