//! With a schema: what is wrong, what will break, and the types.

use super::analysed;
use super::front_end::{File, FrontEnd};
use forebay::analyze::schema::{Known, breaking, check};
use forebay::analyze::types::typescript;

const SDL: &str = "
        type Query { patient(id: ID!): Patient visits(state: State): [Visit!]! node(id: ID!): Node }
        interface Node { id: ID! }
        type Patient implements Node { id: ID! name: String! dob: String! phone: String @deprecated(reason: \"use `contact`\") contact: String notes: [Note!] }
        type Visit implements Node { id: ID! time: String! state: State! }
        type Note { text: String! at: Date }
        enum State { OPEN DONE }
        scalar Date
        input Change { note: String! state: State }
        type Mutation { change(id: ID!, change: Change!): Visit }
    ";

fn app(text: &str) -> FrontEnd {
    let file = |path: &str, text: &str| File {
        path: path.into(),
        text: text.into(),
    };
    FrontEnd {
        files: vec![
            file("package.json", "{\"name\":\"chart\"}"),
            file("src/index.tsx", text),
        ],
        ..FrontEnd::default()
    }
}

const SOURCE: &str = r#"import { gql, useQuery } from "@apollo/client";
const CHART = gql`
  query Chart($id: ID!) {
    patient(id: $id) { name dob phone notes { text at } }
  }
`;
export function Chart({ id }) {
  const { data } = useQuery(CHART, { variables: { id } });
  if (!data) return null;
  return <p>{data.patient.name} {data.patient.phone} {data.patient.notes.map((note) => note.text)}</p>;
}
"#;

#[test]
fn says_what_is_deprecated_and_where() {
    let analysis = analysed(&app(SOURCE));
    let known = Known::read("schema.graphql", SDL).unwrap();
    let remarks = check(&known, &analysis.fragment, &analysis.places);
    let [remark] = &remarks[..] else {
        panic!("{remarks:?}")
    };
    assert!(
        remark.message.contains("`Patient.phone` is deprecated") && remark.help == "use `contact`",
        "{remark:?}"
    );
    assert_eq!(
        (remark.at.file.as_str(), remark.at.line, remark.at.column),
        ("src/index.tsx", 4, 33)
    );
}

#[test]
fn says_what_the_schema_refuses() {
    let analysis = analysed(&app(&SOURCE.replace("dob", "birthday")));
    let known = Known::read("schema.graphql", SDL).unwrap();
    let remarks = check(&known, &analysis.fragment, &analysis.places);
    let wrong = remarks.iter().find(|remark| remark.is_error).unwrap();
    assert!(wrong.message.contains("birthday"), "{wrong:?}");
    assert_eq!((wrong.at.line, wrong.at.column), (4, 29));
}

#[test]
fn lists_what_a_new_schema_breaks() {
    let analysis = analysed(&app(SOURCE));
    let known = Known::read("schema.graphql", SDL).unwrap();
    let same = breaking(&known, &known, &analysis.fragment, &analysis.places);
    assert!(same.is_empty(), "{same:?}");
    let gone = Known::read("new.graphql", &SDL.replace("dob: String!", "")).unwrap();
    let [remark] = &breaking(&known, &gone, &analysis.fragment, &analysis.places)[..] else {
        panic!("one")
    };
    assert!(
        remark
            .message
            .contains("`Chart` of chart: the new schema refuses it")
            && remark.help.contains("src/index.tsx:8"),
        "{remark:?}"
    );
    let weaker = Known::read(
        "new.graphql",
        &SDL.replace("name: String! dob", "name: String dob"),
    )
    .unwrap();
    let [remark] = &breaking(&known, &weaker, &analysis.fragment, &analysis.places)[..] else {
        panic!("one")
    };
    assert!(
        remark
            .message
            .contains("`patient.name` was `String!` and would be `String`"),
        "{remark:?}"
    );
    let stronger = Known::read(
        "new.graphql",
        &SDL.replace("phone: String ", "phone: String! "),
    )
    .unwrap();
    assert!(breaking(&known, &stronger, &analysis.fragment, &analysis.places).is_empty());
}

#[test]
fn finds_fields_that_nothing_reads() {
    let analysis = analysed(&app(SOURCE));
    let unread: Vec<(&str, u32)> = analysis.fragment.operations[0]
        .unread
        .iter()
        .map(|one| (one.path.as_str(), one.at.line))
        .collect();
    assert_eq!(unread, [("patient.dob", 4), ("patient.notes.at", 4)]);
}

#[test]
fn says_nothing_of_what_goes_out_of_sight() {
    for (from, to, hidden) in [
        (
            "{data.patient.name}",
            "{JSON.stringify(data.patient)}",
            "patient",
        ),
        (
            "{data.patient.name}",
            "<Grid rows={data.patient.notes} /> {data.patient.name}",
            "patient.notes",
        ),
        ("{data.patient.name}", "{log(data)}", ""),
    ] {
        let text = format!(
            "import {{ Grid, log }} from 'somewhere';\n{}",
            SOURCE.replace(from, to)
        );
        let analysis = analysed(&app(&text));
        let operation = &analysis.fragment.operations[0];
        assert!(
            operation.escapes.iter().any(|escape| escape.path == hidden),
            "{to}: {:?}",
            operation.escapes
        );
        let is_below = |path: &str| {
            hidden.is_empty() || path == hidden || path.starts_with(&format!("{hidden}."))
        };
        assert!(
            operation.unread.iter().all(|one| !is_below(&one.path)),
            "{to}: {:?}",
            operation.unread
        );
    }
}

#[test]
fn writes_types_of_what_is_used() {
    let text = r#"import { gql, useQuery, useMutation } from "@apollo/client";
const NODE = gql`query Node($id: ID!, $deep: Boolean = true) { node(id: $id) { __typename id ... on Visit { state } ... on Patient { notes @include(if: $deep) { at } } } }`;
const CHANGE = gql`mutation Change($id: ID!, $change: Change!) { change(id: $id, change: $change) { id } }`;
export const useNode = (id) => useQuery(NODE, { variables: { id } });
export const useChange = () => useMutation(CHANGE);
"#;
    let analysis = analysed(&app(text));
    let known = Known::read("schema.graphql", SDL).unwrap();
    let types = typescript(&known, &analysis.fragment);
    for part in [
        "readonly __typename: \"Patient\";",
        "readonly __typename: \"Visit\";",
        "readonly state: State;",
        "readonly notes?: ReadonlyArray<{",
        "readonly at: unknown | null;",
        "readonly deep?: boolean | null;",
        "export type State = \"OPEN\" | \"DONE\";",
        "export interface Change {\n  readonly note: string;\n  readonly state?: State | null;\n}",
        "export type NodeDocument = TypedDocumentNode<NodeResult, NodeVariables>;",
    ] {
        assert!(types.contains(part), "{part}\n{types}");
    }
    assert!(!types.contains("Note {"), "only what is used");
}

#[test]
fn reads_introspections() {
    let json = r#"{"data":{"__schema":{"queryType":{"name":"Query"},"types":[
            {"kind":"OBJECT","name":"Query","fields":[{"name":"patient","args":[{"name":"id","type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"ID"}}}],"type":{"kind":"OBJECT","name":"Patient"},"isDeprecated":false}]},
            {"kind":"OBJECT","name":"Patient","fields":[{"name":"name","args":[],"type":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"String"}}},{"name":"dob","args":[],"type":{"kind":"SCALAR","name":"String"},"isDeprecated":true,"deprecationReason":"say \"no\""}]},
            {"kind":"SCALAR","name":"ID"},{"kind":"SCALAR","name":"String"}],"directives":[]}}}"#;
    let known = Known::read("schema.json", json).unwrap();
    let analysis = analysed(&app(&SOURCE.replace("phone notes { text at }", "")));
    let remarks = check(&known, &analysis.fragment, &analysis.places);
    assert_eq!(
        remarks
            .iter()
            .map(|remark| remark.help.as_str())
            .collect::<Vec<_>>(),
        ["say \"no\""]
    );
}
