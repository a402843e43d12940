/** Follows where operations can switch Forebay off (see `Flag`). Loaded where a host names such a place. */
import type { Flag } from "../api.js";
import { limited, PATIENCE_MS } from "../limits.js";
import type { Page } from "../protocol.js";
import type { disable, enable } from "../stub/index.js";

/** How often the URL is asked for by a page that nobody leaves. */
const EVERY_MS = 300_000;
/** The whole page. */
const ALL = "*";

/** Looks again and again, whatever has become of the rest of Forebay. */
export function follow(page: Page, { key, url }: Flag, off: typeof disable, on: typeof enable): void {
  /** What each place says is off, by app. */
  const said: Record<string, string>[] = [{}, {}];
  const say = (place: 0 | 1, now: Record<string, string>) => {
    const before = said[place]!;
    said[place] = now;
    for (const app in now) if (page.off?.[app] === undefined) off(now[app], { app });
    // What somebody else has switched off since stays so.
    for (const app in before) if (!said.some((apps) => app in apps) && page.off?.[app] === before[app]) on({ app });
  };
  const look = () => {
    try {
      const reason = localStorage[key!];
      say(0, reason ? { [ALL]: reason } : {});
    } catch {
      // A sandbox.
    }
  };
  const ask = async () => {
    try {
      const response = await limited(url, PATIENCE_MS, undefined, (signal) => fetch(url!, { cache: "no-store", signal: signal! }));
      const { disabled, reason = String(url) } = response.ok ? await response.json() : {};
      const apps = disabled === true ? [ALL] : Array.isArray(disabled) ? disabled : [];
      say(1, Object.fromEntries(apps.map((app) => [app, reason])));
    } catch {
      // Whoever cannot be asked has said nothing new.
    }
  };
  if (key) {
    look();
    // What a person or another tab has written; a tab does not hear of its own.
    addEventListener("storage", look);
  }
  if (url) {
    ask();
    setInterval(ask, EVERY_MS);
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") return;
    if (key) look();
    if (url) ask();
  });
}
