//! From the JSON of an introspection to SDL.

use serde_json::Value;
use std::fmt::Write;

/// The schema's SDL. `json` is the server's whole answer, or its `data`.
pub(super) fn sdl(json: &str) -> Result<String, String> {
    let json: Value = serde_json::from_str(json).map_err(|wrong| format!("is no JSON: {wrong}"))?;
    let schema = json
        .pointer("/data/__schema")
        .or_else(|| json.get("__schema"))
        .ok_or("is JSON, but no answer to an introspection: it has no `__schema`")?;
    let mut out = String::from("schema {");
    for (member, root) in [
        ("queryType", "query"),
        ("mutationType", "mutation"),
        ("subscriptionType", "subscription"),
    ] {
        if let Some(name) = schema
            .pointer(&format!("/{member}/name"))
            .and_then(Value::as_str)
        {
            let _ = write!(out, " {root}: {name}");
        }
    }
    out.push_str(" }\n");
    for type_ in list(schema, "types") {
        let name = text(type_, "name");
        let is_builtin =
            name.starts_with("__") || ["Int", "Float", "String", "Boolean", "ID"].contains(&name);
        if !is_builtin {
            write_type(type_, name, &mut out);
        }
    }
    for directive in list(schema, "directives") {
        let name = text(directive, "name");
        if !["skip", "include", "deprecated", "specifiedBy", "oneOf"].contains(&name) {
            let places: Vec<&str> = list(directive, "locations")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let repeats = if directive["isRepeatable"] == true {
                " repeatable"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "directive @{name}{}{repeats} on {}",
                arguments(directive),
                places.join(" | ")
            );
        }
    }
    Ok(out)
}

fn write_type(type_: &Value, name: &str, out: &mut String) {
    let names = |member: &str, between: &str| -> String {
        list(type_, member)
            .iter()
            .map(|one| text(one, "name"))
            .collect::<Vec<_>>()
            .join(between)
    };
    let kind = text(type_, "kind");
    let _ = match kind {
        "SCALAR" => writeln!(out, "scalar {name}"),
        "UNION" => writeln!(out, "union {name} = {}", names("possibleTypes", " | ")),
        "ENUM" => {
            let values: Vec<String> = list(type_, "enumValues")
                .iter()
                .map(|value| format!("{}{}", text(value, "name"), deprecated(value)))
                .collect();
            writeln!(out, "enum {name} {{ {} }}", values.join(" "))
        }
        "INPUT_OBJECT" => {
            let fields: Vec<String> = list(type_, "inputFields").iter().map(input).collect();
            let one_of = if type_["isOneOf"] == true {
                " @oneOf"
            } else {
                ""
            };
            writeln!(out, "input {name}{one_of} {{ {} }}", fields.join(" "))
        }
        _ => {
            let keyword = if kind == "INTERFACE" {
                "interface"
            } else {
                "type"
            };
            let interfaces = names("interfaces", " & ");
            let implements = if interfaces.is_empty() {
                String::new()
            } else {
                format!(" implements {interfaces}")
            };
            let _ = writeln!(out, "{keyword} {name}{implements} {{");
            for field in list(type_, "fields") {
                let _ = writeln!(
                    out,
                    "  {}{}: {}{}",
                    text(field, "name"),
                    arguments(field),
                    reference(&field["type"]),
                    deprecated(field)
                );
            }
            writeln!(out, "}}")
        }
    };
}

fn arguments(of: &Value) -> String {
    let arguments: Vec<String> = list(of, "args").iter().map(input).collect();
    match arguments.is_empty() {
        true => String::new(),
        false => format!("({})", arguments.join(", ")),
    }
}

fn input(value: &Value) -> String {
    let default = value["defaultValue"]
        .as_str()
        .map_or(String::new(), |default| format!(" = {default}"));
    format!(
        "{}: {}{default}{}",
        text(value, "name"),
        reference(&value["type"]),
        deprecated(value)
    )
}

fn deprecated(of: &Value) -> String {
    match of["isDeprecated"] == true {
        true => format!(
            " @deprecated(reason: {})",
            Value::from(
                of["deprecationReason"]
                    .as_str()
                    .unwrap_or("No longer supported")
            )
        ),
        false => String::new(),
    }
}

fn reference(type_: &Value) -> String {
    match text(type_, "kind") {
        "NON_NULL" => format!("{}!", reference(&type_["ofType"])),
        "LIST" => format!("[{}]", reference(&type_["ofType"])),
        _ => text(type_, "name").to_owned(),
    }
}

fn list<'v>(of: &'v Value, member: &str) -> &'v [Value] {
    of.get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of.get(member).and_then(Value::as_str).unwrap_or("")
}
