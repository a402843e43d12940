import { connect } from "forebay";
import { dehydrate, hydrate } from "forebay/react";
import { mount } from "../../adapters/pages/react.js";

export const app = connect({ app: "react" });
export { dehydrate, hydrate, mount };
