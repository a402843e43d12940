import { connect } from "forebay";
import { dehydrate, hydrate } from "forebay/lit";
import { mount } from "../../adapters/pages/lit.js";

export const app = connect({ app: "lit" });
export { dehydrate, hydrate, mount };
