import { useState } from "react";
import { useForebay, useForebayMutation } from "forebay/react";
import { forebay } from "./app.js";

export function Visits() {
  const { data, error, isLoading } = useForebay("/api/visits");
  const add = useForebayMutation((title) => forebay.json("/api/visits", { json: { title } }));
  const [title, setTitle] = useState("");
  if (isLoading) return <p>Loading</p>;
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <>
      <ul>{data.map(({ id, title }) => <li key={id}>{title}</li>)}</ul>
      <input aria-label="title" value={title} onChange={(event) => setTitle(event.target.value)} />
      <button onClick={() => add.mutate(title)} disabled={add.isPending}>Add</button>
    </>
  );
}

export function Viewer() {
  const { data } = useForebay("query Viewer { viewer { name } }");
  const rename = useForebayMutation("mutation Rename($name: String!) { rename(name: $name) { name } }", { invalidates: ["viewer"] });
  return <button onClick={() => rename.mutate({ name: "Grace" })}>{data?.viewer.name ?? "…"}</button>;
}
