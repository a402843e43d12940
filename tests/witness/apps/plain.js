import { configure, connect, ready } from "forebay";
import { install } from "forebay/install";

export const app = connect({ app: "plain" });
export { configure, install, ready };
