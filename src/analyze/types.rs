//! TypeScript's types for the operations of an app and their variables: of the schema only what is used.

use super::fragment::Fragment;
use super::schema::Known;
use apollo_compiler::ast::{self, Type};
use apollo_compiler::executable::{Field, Operation, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{ExecutableDocument, Schema};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The text of a module that declares them. Operations without a name, and those that are not valid, have none.
pub fn typescript(known: &Known, fragment: &Fragment) -> String {
    let mut out = String::from(
        "// Made by `forebay analyze` from the sources and the schema: changes are lost.\n\
         import type { TypedDocumentNode } from \"@graphql-typed-document-node/core\";\n",
    );
    let mut writer = Writer {
        schema: &known.schema,
        named: BTreeMap::new(),
    };
    let mut seen = rustc_hash::FxHashSet::default();
    for operation in &fragment.operations {
        if operation.name.is_empty() || !seen.insert(operation.name.as_str()) {
            continue;
        }
        let Ok(document) =
            ExecutableDocument::parse_and_validate(&known.schema, &operation.document, "document")
        else {
            continue;
        };
        if let Some(parsed) = document.operations.iter().next() {
            let name = capital(&operation.name);
            let result = writer.selection(&document, &[&parsed.selection_set], 0);
            let variables = writer.variables(parsed);
            let _ = write!(
                out,
                "\nexport type {name}Result = {result};\n\nexport type {name}Variables = {variables};\n\nexport type {name}Document = TypedDocumentNode<{name}Result, {name}Variables>;\n"
            );
        }
    }
    for text in writer.named.values() {
        let _ = write!(out, "\n{text}\n");
    }
    out
}

struct Writer<'s> {
    schema: &'s Schema,
    /// Enumerations and inputs that are used.
    named: BTreeMap<String, String>,
}

/// A field of an answer, with all selections that ask for it.
struct Asked<'d> {
    fields: Vec<&'d Field>,
    may_be_absent: bool,
}

impl Writer<'_> {
    /// The type of an object of which all of these are asked.
    fn selection(
        &mut self,
        document: &ExecutableDocument,
        sets: &[&SelectionSet],
        depth: usize,
    ) -> String {
        let parent = sets.first().map_or("", |set| set.ty.as_str());
        let possible = self.possible(parent);
        let mut shapes: Vec<(Vec<String>, String)> = Vec::new();
        for type_ in possible {
            let mut asked = Vec::new();
            for set in sets {
                self.collect(document, set, &type_, false, &mut asked);
            }
            let shape = self.shape(document, &asked, depth);
            match shapes.iter_mut().find(|(_, other)| *other == shape) {
                Some((types, _)) => types.push(type_),
                None => shapes.push((vec![type_], shape)),
            }
        }
        let written = shapes.iter().map(|(types, shape)| {
            let names: Vec<String> = types.iter().map(|name| format!("{name:?}")).collect();
            shape.replace(TYPENAME, &names.join(" | "))
        });
        let written: Vec<String> = written.collect();
        match written.len() {
            0 => "never".into(),
            1 => written.into_iter().next().unwrap_or_default(),
            _ => format!("({})", written.join(" | ")),
        }
    }

    fn possible(&self, name: &str) -> Vec<String> {
        match self.schema.types.get(name) {
            Some(ExtendedType::Union(union)) => union
                .members
                .iter()
                .map(|member| member.to_string())
                .collect(),
            Some(ExtendedType::Interface(_)) => {
                let objects = self.schema.types.iter().filter(|(_, type_)| {
                    type_.as_object().is_some_and(|object| {
                        object
                            .implements_interfaces
                            .iter()
                            .any(|one| one.as_str() == name)
                    })
                });
                objects.map(|(name, _)| name.to_string()).collect()
            }
            _ => vec![name.to_owned()],
        }
    }

    fn collect<'d>(
        &self,
        document: &'d ExecutableDocument,
        set: &'d SelectionSet,
        type_: &str,
        conditional: bool,
        asked: &mut Vec<(String, Asked<'d>)>,
    ) {
        for selection in &set.selections {
            let conditional = conditional
                || selection.directives().has("skip")
                || selection.directives().has("include");
            match selection {
                Selection::Field(field) => {
                    let key = field.response_key().to_string();
                    match asked.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, known)) => {
                            known.fields.push(field);
                            known.may_be_absent &= conditional;
                        }
                        None => asked.push((
                            key,
                            Asked {
                                fields: vec![field],
                                may_be_absent: conditional,
                            },
                        )),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    if fragment
                        .type_condition
                        .as_ref()
                        .is_none_or(|on| self.is(type_, on))
                    {
                        self.collect(document, &fragment.selection_set, type_, conditional, asked);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.fragment_name)
                        && self.is(type_, fragment.type_condition())
                    {
                        self.collect(document, &fragment.selection_set, type_, conditional, asked);
                    }
                }
            }
        }
    }

    fn is(&self, type_: &str, on: &str) -> bool {
        type_ == on || self.schema.is_subtype(on, type_)
    }

    fn shape(
        &mut self,
        document: &ExecutableDocument,
        asked: &[(String, Asked)],
        depth: usize,
    ) -> String {
        let indent = "  ".repeat(depth + 1);
        let mut out = String::from("{\n");
        for (key, one) in asked {
            let first = one.fields[0];
            let type_ = match first.name.as_str() {
                "__typename" => TYPENAME.to_owned(),
                _ => {
                    let sets: Vec<&SelectionSet> = one
                        .fields
                        .iter()
                        .map(|field| &field.selection_set)
                        .collect();
                    let inner = match first.selection_set.selections.is_empty() {
                        true => self.leaf(first.definition.ty.inner_named_type()),
                        false => self.selection(document, &sets, depth + 1),
                    };
                    wrapped(&first.definition.ty, &inner)
                }
            };
            let absent = if one.may_be_absent { "?" } else { "" };
            let _ = writeln!(out, "{indent}readonly {key}{absent}: {type_};");
        }
        out.push_str(&"  ".repeat(depth));
        out.push('}');
        out
    }

    /// Scalars and enumerations.
    fn leaf(&mut self, name: &str) -> String {
        match name {
            "ID" | "String" => "string".into(),
            "Int" | "Float" => "number".into(),
            "Boolean" => "boolean".into(),
            _ => match self.schema.types.get(name) {
                Some(ExtendedType::Enum(of)) => {
                    let values: Vec<String> = of
                        .values
                        .keys()
                        .map(|value| format!("{:?}", value.as_str()))
                        .collect();
                    self.named.insert(
                        name.to_owned(),
                        format!("export type {name} = {};", values.join(" | ")),
                    );
                    name.to_owned()
                }
                Some(ExtendedType::InputObject(of)) => {
                    if !self.named.contains_key(name) {
                        // Before its fields are read, which may be of its own type.
                        self.named.insert(name.to_owned(), String::new());
                        let mut text = format!("export interface {name} {{\n");
                        for (field, definition) in &of.fields {
                            let inner = self.leaf(definition.ty.inner_named_type());
                            let optional = if definition.is_required() { "" } else { "?" };
                            let _ = writeln!(
                                text,
                                "  readonly {field}{optional}: {};",
                                wrapped(&definition.ty, &inner)
                            );
                        }
                        text.push('}');
                        self.named.insert(name.to_owned(), text);
                    }
                    name.to_owned()
                }
                // What a scalar of the schema's own is in JSON, only its people know.
                _ => "unknown".into(),
            },
        }
    }

    fn variables(&mut self, operation: &Operation) -> String {
        if operation.variables.is_empty() {
            return "Record<string, never>".into();
        }
        let mut out = String::from("{\n");
        for variable in &operation.variables {
            let inner = self.leaf(variable.ty.inner_named_type());
            let optional = if variable.ty.is_non_null() && variable.default_value.is_none() {
                ""
            } else {
                "?"
            };
            let _ = writeln!(
                out,
                "  readonly {}{optional}: {};",
                variable.name,
                wrapped(&variable.ty, &inner)
            );
        }
        out.push('}');
        out
    }
}

/// Stands for an object's own type.
const TYPENAME: &str = "\u{1}";

fn wrapped(type_: &ast::Type, inner: &str) -> String {
    match type_ {
        Type::Named(_) => format!("{inner} | null"),
        Type::NonNullNamed(_) => inner.to_owned(),
        Type::List(item) => format!("ReadonlyArray<{}> | null", wrapped(item, inner)),
        Type::NonNullList(item) => format!("ReadonlyArray<{}>", wrapped(item, inner)),
    }
}

fn capital(name: &str) -> String {
    let mut signs = name.chars();
    signs.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(signs).collect()
    })
}
