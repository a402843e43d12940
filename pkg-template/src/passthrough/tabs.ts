/** A page without a core says in other tabs what is out of date, and hears what they say. */
import type { Invalidation } from "../api.js";
import { VERSION } from "../protocol.js";
import { markStale } from "../stale.js";
import { absolute } from "./doubt.js";

/** The channel of all tabs (see `../depot/tabs.ts`). */
const NAME = "forebay " + VERSION;

/** `hear` is told what others say. Gives what says something. */
export function tabs(hear: (what: Invalidation) => void): (what: Invalidation) => void {
  const tab = crypto.getRandomValues(new Uint32Array(1))[0]!;
  let count = 0;
  let channel: BroadcastChannel | undefined;
  const open = () => {
    try {
      channel = new BroadcastChannel(NAME);
      channel.onmessage = ({ data }) => {
        const [what, items] = Array.isArray(data?.doubt) ? data.doubt : [];
        if (!Array.isArray(items)) return;
        const [first, second] = items;
        // A write's first item is its method; a mutation's is the endpoint.
        if (what === "invalidate") hear({ urls: items.slice(1, 1 + first).map(String), tags: items.slice(1 + first).map(String) });
        else hear({ urls: [String(what === "written" ? second : first)] });
      };
    } catch {
      // A sandbox: this tab is alone.
    }
  };
  open();
  // A page that is kept for going back need not be kept from it by us; what was said meanwhile it has not heard.
  addEventListener("pagehide", () => channel?.close());
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    open();
    hear({ urls: ["*"] });
  });
  return ({ urls = [], tags = [], types = [], groups = [] }) => {
    markStale();
    const whole = urls.map((url) => (url === "*" ? url : absolute(url)));
    try {
      channel?.postMessage({ is: "doubt", doubt: ["invalidate", [whole.length, ...whole, ...tags, ...types, ...groups]], tab, count: (count += 1), isPlain: true });
    } catch {
      // It was closed: the page is going.
    }
  };
}
