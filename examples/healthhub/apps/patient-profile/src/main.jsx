// Who the patient is. React.
import { ForebayProvider } from "forebay/react";
import { createRoot } from "react-dom/client";
import { source } from "./data.js";
import { Profile } from "./Profile.jsx";
import css from "./style.css";

export function mount(element, { params, client }) {
  const data = source(client);
  const root = createRoot(element);
  root.render(
    <ForebayProvider app={data.app}>
      <style>{css}</style>
      <Profile id={params.id} data={data} />
    </ForebayProvider>,
  );
  return () => {
    root.unmount();
    data.close();
  };
}
