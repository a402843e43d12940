//! Trees as libraries have them, and from there to the runtime's order of nodes.

use super::error::{ConvertError, fail};
use crate::infer::{COLUMN, DEEPEST, Forest, MISSING_LEFT, Model, Nodes, ZERO_MISSING};

/// A node of a tree; the root is the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) what: What,
    /// How much of the training came by; 0 if it is not known.
    pub(super) cover: f64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Leaf(f64),
    Split {
        column: usize,
        /// What is not above goes to the left.
        threshold: f32,
        missing_left: bool,
        zero_missing: bool,
        left: usize,
        right: usize,
    },
}

/// The model. `place` names a tree for people.
pub(super) fn forest(
    base: f64,
    columns: usize,
    trees: &[Vec<Node>],
    place: impl Fn(usize) -> String,
) -> Result<Model, ConvertError> {
    if columns > usize::from(COLUMN) + 1 {
        return fail(
            "the model",
            format!("has {columns} columns; a forest may have {}", COLUMN + 1),
        );
    }
    let covered = trees.iter().flatten().all(|node| (node.cover as f32) > 0.0);
    let mut nodes = Nodes::default();
    nodes.starts.push(0);
    for (tree, of_tree) in trees.iter().enumerate() {
        let start = nodes.features.len();
        let mut flat = Flat {
            tree: of_tree,
            columns,
            covered,
            nodes: &mut nodes,
        };
        flat.add(0, 0)
            .map_err(|what| ConvertError::new(place(tree), what))?;
        let size = nodes.features.len() - start;
        if size > usize::from(u16::MAX) {
            return fail(
                place(tree),
                format!("has {size} nodes; a tree may have 65,535"),
            );
        }
        nodes.starts.push(nodes.features.len() as u32);
    }
    let forest = Forest::new(base, columns, nodes);
    let forest =
        forest.map_err(|_| ConvertError::new("the model", "has a number that is not finite"))?;
    Ok(Model::Forest(forest))
}

struct Flat<'a> {
    tree: &'a [Node],
    columns: usize,
    covered: bool,
    nodes: &'a mut Nodes,
}

impl Flat<'_> {
    fn add(&mut self, node: usize, depth: usize) -> Result<(), String> {
        if depth > DEEPEST {
            return Err(format!(
                "is deeper than {DEEPEST} levels, or goes in a circle"
            ));
        }
        let Some(Node { what, cover }) = self.tree.get(node).copied() else {
            return Err(format!("links to node {node}, which is not there"));
        };
        let at = self.nodes.features.len();
        self.nodes.right.push(0);
        if self.covered {
            self.nodes.cover.push(cover as f32);
        }
        match what {
            What::Leaf(value) => {
                self.nodes.features.push(0);
                self.nodes.values.push(value as f32);
            }
            What::Split {
                column,
                threshold,
                missing_left,
                zero_missing,
                left,
                right,
            } => {
                if column >= self.columns {
                    return Err(format!(
                        "node {node} reads column {column} of {}",
                        self.columns
                    ));
                }
                let missing = if missing_left { MISSING_LEFT } else { 0 };
                let zero = if zero_missing { ZERO_MISSING } else { 0 };
                self.nodes.features.push(column as u16 | missing | zero);
                self.nodes.values.push(threshold);
                self.add(left, depth + 1)?;
                let distance = self.nodes.features.len() - at;
                self.nodes.right[at] =
                    u16::try_from(distance).map_err(|_| "has more than 65,535 nodes".to_owned())?;
                self.add(right, depth + 1)?;
            }
        }
        Ok(())
    }
}
