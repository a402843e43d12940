/** A micro-frontend: who is seen today. Each shell of this folder mounts it in its own way. */
import { connect } from "forebay";

export function mount(element) {
  const forebay = connect({ app: "visits" });
  forebay.watch("/api/visits?day=today&ward=3", ({ data, error }) => {
    element.textContent = error ? `No visits: ${error.message}` : data.map(({ patient }) => patient).join(", ");
  });
  return () => forebay.disconnect();
}
