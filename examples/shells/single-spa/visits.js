import { mount as show } from "../apps/visits.js";
import { lifecycle } from "./lifecycle.js";

export const { bootstrap, mount, unmount } = lifecycle(show);
