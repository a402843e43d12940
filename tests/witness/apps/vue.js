import { connect } from "forebay";
import { dehydrate, hydrate } from "forebay/vue";
import { mount } from "../../adapters/pages/vue.js";

export const app = connect({ app: "vue" });
export { dehydrate, hydrate, mount };
