/** Follows where operations can switch Forebay off (see `Flag`). Loaded where a host names such a place. */
import type { Flag, HostOptions } from "../api.js";
import { limited, PATIENCE_MS } from "../limits.js";

/** How often the URL is asked by a page that nobody leaves. */
const EVERY_MS = 300_000;

/** Tells `say` what each of the two places says now, by its number, whenever that may have changed. */
export function follow({ key, url }: Flag, say: (place: number, disabled: HostOptions["disabled"]) => void): void {
  const look = () => {
    try {
      if (key) say(0, localStorage[key]);
    } catch {
      // A sandbox.
    }
  };
  const ask = async () => {
    if (!url) return;
    try {
      const response = await limited(url, PATIENCE_MS, undefined, (signal) => fetch(url, { cache: "no-store", signal: signal! }));
      say(1, (await response.json()).disabled);
    } catch {
      // Whoever cannot be asked has said nothing new.
    }
  };
  const both = () => {
    look();
    ask();
  };
  both();
  // What a person or another tab has written.
  addEventListener("storage", look);
  setInterval(ask, EVERY_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" || both());
}
