/** The writer as it is loaded for what JSON alone does not say. */
export { toJson } from "./write.js";
