import { connect } from "forebay";
import { dehydrate, hydrate } from "forebay/svelte";
import { mount } from "../../adapters/pages/svelte.js";

export const app = connect({ app: "svelte" });
export { dehydrate, hydrate, mount };
