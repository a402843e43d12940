/** How many histories every run plays, of how many steps; `WITNESS_HISTORIES=1000` plays more of them in the browsers that `BROWSERS` names. */
export const HISTORIES = { chromium: 40, firefox: 15 };
export const LENGTH = 100;
