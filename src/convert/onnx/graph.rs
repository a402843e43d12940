//! An ONNX model as far as it is needed: its nodes, their attributes, and constants (onnx.proto).

use super::wire::{Value, doubles, fields, floats};
use std::collections::HashMap;

#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) constants: HashMap<String, Tensor>,
    /// Names of what goes in, constants aside, with the number of columns if it is said.
    pub(super) inputs: Vec<(String, Option<usize>)>,
    pub(super) outputs: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<String>,
    pub(super) attributes: HashMap<String, Attribute>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Attribute {
    pub(super) float: f32,
    pub(super) integer: i64,
    pub(super) text: String,
    pub(super) floats: Vec<f64>,
    pub(super) integers: Vec<i64>,
    pub(super) texts: Vec<String>,
    pub(super) tensor: Option<Tensor>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    /// Empty where the type is not one of numbers.
    pub(super) values: Vec<f64>,
}

impl Graph {
    pub(super) fn read(bytes: &[u8]) -> Result<Graph, String> {
        let mut graph = None;
        fields(bytes, |field, value| {
            if field == 7 {
                graph = Some(value.bytes());
            }
            Ok(())
        })?;
        let mut read = Graph::default();
        fields(graph.ok_or("it has no graph")?, |field, value| {
            match field {
                1 => read.nodes.push(node(value.bytes())?),
                5 => {
                    let (name, tensor) = tensor(value.bytes())?;
                    read.constants.insert(name, tensor);
                }
                11 => read.inputs.push(input(value.bytes())?),
                12 => read.outputs.push(input(value.bytes())?.0),
                _ => {}
            }
            Ok(())
        })?;
        let constants = &read.constants;
        read.inputs
            .retain(|(name, _)| !constants.contains_key(name));
        Ok(read)
    }
}

fn node(bytes: &[u8]) -> Result<Node, String> {
    let mut node = Node::default();
    fields(bytes, |field, value| {
        match field {
            1 => node.inputs.push(value.text()),
            2 => node.outputs.push(value.text()),
            3 => node.name = value.text(),
            4 => node.operator = value.text(),
            5 => {
                let (name, attribute) = attribute(value.bytes())?;
                node.attributes.insert(name, attribute);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(node)
}

fn attribute(bytes: &[u8]) -> Result<(String, Attribute), String> {
    let (mut name, mut attribute) = (String::new(), Attribute::default());
    fields(bytes, |field, value| {
        match field {
            1 => name = value.text(),
            2 => attribute.float = value.float(),
            3 => attribute.integer = value.integer(),
            4 => attribute.text = value.text(),
            5 => attribute.tensor = Some(tensor(value.bytes())?.1),
            7 => value.add_floats(&mut attribute.floats),
            8 => value.add_integers(&mut attribute.integers),
            9 => attribute.texts.push(value.text()),
            _ => {}
        }
        Ok(())
    })?;
    Ok((name, attribute))
}

fn tensor(bytes: &[u8]) -> Result<(String, Tensor), String> {
    let (mut name, mut shape, mut kind) = (String::new(), Vec::new(), 0);
    let (mut values, mut integers, mut raw) = (Vec::new(), Vec::new(), None);
    fields(bytes, |field, value| {
        match field {
            1 => value.add_integers(&mut shape),
            2 => kind = value.integer(),
            4 => value.add_floats(&mut values),
            5 | 7 => value.add_integers(&mut integers),
            8 => name = value.text(),
            9 => raw = Some(value.bytes()),
            10 => value.add_doubles(&mut values),
            14 if value.integer() == 1 => {
                return Err(
                    "constants are in a file of their own; export the model as one file".into(),
                );
            }
            _ => {}
        }
        Ok(())
    })?;
    values.extend(integers.iter().map(|integer| *integer as f64));
    match (kind, raw) {
        (1, Some(raw)) => values = floats(raw).collect(),
        (11, Some(raw)) => values = doubles(raw).collect(),
        (6, Some(raw)) => {
            values = raw
                .as_chunks()
                .0
                .iter()
                .map(|bytes| f64::from(i32::from_le_bytes(*bytes)))
                .collect();
        }
        (7, Some(raw)) => {
            values = raw
                .as_chunks()
                .0
                .iter()
                .map(|bytes| i64::from_le_bytes(*bytes) as f64)
                .collect();
        }
        _ => {}
    }
    let shape = shape
        .into_iter()
        .map(|size| usize::try_from(size).unwrap_or(0))
        .collect();
    Ok((name, Tensor { shape, values }))
}

/// `ValueInfoProto`: the name, and the last of its sizes.
fn input(bytes: &[u8]) -> Result<(String, Option<usize>), String> {
    let (mut name, mut kind): (String, &[u8]) = (String::new(), &[]);
    fields(bytes, |field, value| {
        match field {
            1 => name = value.text(),
            2 => kind = value.bytes(),
            _ => {}
        }
        Ok(())
    })?;
    // A type has a tensor, that has a shape, that has sizes, the last of which may be a number.
    let mut last = None;
    for field in [1, 2, 1] {
        let mut inner = None;
        fields(kind, |number, value| {
            if number == field {
                inner = Some(value);
            }
            Ok(())
        })?;
        kind = inner.map_or(&[], Value::bytes);
    }
    fields(kind, |number, value| {
        if number == 1 {
            last = usize::try_from(value.integer())
                .ok()
                .filter(|size| *size > 0);
        }
        Ok(())
    })?;
    Ok((name, last))
}
