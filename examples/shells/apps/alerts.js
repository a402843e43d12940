/** Another one, of another team: how many are late. It asks for the same in words of its own. */
import { connect } from "forebay";

export function mount(element) {
  const forebay = connect({ app: "alerts" });
  forebay.watch(`${location.origin}/api/visits?day=%74oday&ward=3#late`, ({ data, error }) => {
    element.textContent = error ? `No alerts: ${error.message}` : `${data.filter(({ late }) => late).length} late`;
  });
  return () => forebay.disconnect();
}
