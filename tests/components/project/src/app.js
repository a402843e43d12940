import { connect } from "forebay";

/** As apps do: once, when the module is loaded. */
export const forebay = connect({ app: "visits" });
