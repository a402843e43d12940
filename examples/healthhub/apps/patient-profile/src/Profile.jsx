import { useEffect, useState } from "react";

export function Profile({ id, data }) {
  const patient = data.usePatient(id);
  const viewer = data.useViewer();

  if (patient.error) {
    return (
      <section className="card profile" role="alert">
        <p className="problem">The chart of {id} could not be loaded.</p>
        <button className="button" type="button" onClick={patient.refresh}>Try again</button>
      </section>
    );
  }
  if (patient.data === undefined) {
    return (
      <section className="card profile" aria-busy="true" aria-label="Loading the chart">
        <span className="avatar profile-avatar" />
        <div className="profile-loading"><span className="skeleton wide" /><span className="skeleton narrow" /></div>
      </section>
    );
  }
  if (patient.data === null) {
    return (
      <section className="card profile profile-none">
        <h2>No patient has the record number {id}</h2>
        <p className="muted">It may have been mistyped, or the chart was closed.</p>
        <a className="button" href="/dashboard">Go to the dashboard</a>
      </section>
    );
  }
  return <Chart patient={patient.data} viewer={viewer.data} unsure={viewer.error !== undefined} masked={data.masked} />;
}

/** What the person may see of the patient; `undefined` until that is known. Who is not known sees nothing. */
function useMasked(masked, patient, viewer, unsure) {
  const [answer, setAnswer] = useState();
  useEffect(() => {
    let current = true;
    setAnswer(unsure ? { shown: undefined } : undefined);
    if (viewer) {
      masked(patient, viewer).catch((error) => {
        console.error("patient-profile:", error);
        return { shown: undefined };
      }).then((answer) => current && setAnswer(answer));
    }
    return () => { current = false; };
  }, [masked, patient, viewer, unsure]);
  return answer;
}

function Chart({ patient, viewer, unsure, masked }) {
  const answer = useMasked(masked, patient, viewer, unsure);
  const { id, name } = patient;
  const dob = answer?.shown?.dob;
  const age = dob && ageOn(new Date(), dob);
  const hidden = answer ? <span className="muted profile-hidden">Hidden for your role</span> : "…";
  return (
    <section className="card profile" aria-busy={!answer}>
      <span className="avatar profile-avatar" aria-hidden="true">{name.split(" ").map((part) => part[0]).join("")}</span>
      <div className="profile-name">
        <h2>{name}</h2>
        <p className="muted">{dob ? (age < 18 ? "Minor: a guardian consents" : "Adult") : "Patient"}</p>
      </div>
      <CopyButton text={id} />
      <dl className="profile-facts">
        <div><dt>Age</dt><dd>{dob ? `${age} years` : hidden}</dd></div>
        <div><dt>Born</dt><dd>{dob ? new Date(`${dob}T12:00`).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" }) : hidden}</dd></div>
        <div><dt>Record</dt><dd>{id}</dd></div>
        <div><dt>Opened by</dt><dd>{viewer ? `${viewer.name}, ${viewer.role.toLowerCase()}` : unsure ? "Unknown" : "…"}</dd></div>
      </dl>
      {answer?.took !== undefined && <p className="muted profile-took">What your role may see was decided here in {answer.took.toFixed(1)} ms.</p>}
    </section>
  );
}

function CopyButton({ text }) {
  const [label, setLabel] = useState("Copy record number");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setLabel("Copied");
    } catch {
      setLabel("Could not be copied"); // the browser may forbid it
    }
    setTimeout(() => setLabel("Copy record number"), 2000);
  };
  return <button className="button profile-copy" type="button" onClick={copy}><span role="status">{label}</span></button>;
}

function ageOn(today, dob) {
  const [year, month, day] = dob.split("-").map(Number);
  const hadBirthday = today.getMonth() + 1 > month || (today.getMonth() + 1 === month && today.getDate() >= day);
  return today.getFullYear() - year - (hadBirthday ? 0 : 1);
}
