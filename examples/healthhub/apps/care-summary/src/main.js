// Preparing the patient's visit: a list to tick off and a note, both kept on this device. Lit.
import { patientSource } from "./data.js";
import "./care-summary.js";

export function mount(element, { params, client }) {
  const source = patientSource(client);
  const card = document.createElement("hh-care-summary");
  Object.assign(card, { source, patientId: params.id });
  element.append(card);
  return () => {
    card.remove();
    source.close();
  };
}
