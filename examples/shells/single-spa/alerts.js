import { mount as show } from "../apps/alerts.js";
import { lifecycle } from "./lifecycle.js";

export const { bootstrap, mount, unmount } = lifecycle(show);
