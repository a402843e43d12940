// What a component needs that asks by itself: to show what came, and nothing that came too late.
import { useEffect, useState } from "react";

/** What `ask` has given for `about`: `{ data }`, `{ error }` or, while it is on its way, neither; and a way to ask again. */
export function useAsked(ask, about) {
  const [answer, setAnswer] = useState({});
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    setAnswer({});
    ask(about).then((data) => current && setAnswer({ data }), (error) => {
      console.error("patient-profile:", error);
      if (current) setAnswer({ error });
    });
    return () => { current = false; };
  }, [ask, about, attempt]);
  return { ...answer, refresh: () => setAttempt((count) => count + 1) };
}
