//! Sums of decision trees: gradient boosting, LambdaMART, random forests.
//!
//! A tree is written with every node before its children, the left child right behind it. What else the file says of
//! a node is how far the right child is; a leaf has 0 there. So a walk only goes forward and must end.
//!
//! Trees that fill most of a complete one are laid out once more as such, level by level: the way down needs no
//! links then, and several rows go at once without a branch (Kim et al., *FAST*, SIGMOD 2010, tell why; the layout is
//! that of a heap).

use super::columns::Columns;

/// Set in a node's feature where a missing value goes to the left.
pub const MISSING_LEFT: u16 = 1 << 15;
/// Set in a node's feature where 0 counts as missing; then it is in all nodes of that column.
pub const ZERO_MISSING: u16 = 1 << 14;
/// The feature's column.
pub const COLUMN: u16 = ZERO_MISSING - 1;
/// Levels that a tree may have below its root.
pub const DEEPEST: usize = 128;
/// What counts as 0 where 0 counts as missing; LightGBM's `kZeroThreshold`.
const NEARLY_ZERO: f32 = 1e-35;
/// Rows that walk at once.
const ABREAST: usize = 8;

/// The trees' nodes, one tree behind the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nodes {
    /// Where each tree starts, and where the last one ends.
    pub starts: Vec<u32>,
    /// For each node its column, with [`MISSING_LEFT`] and [`ZERO_MISSING`]; of a leaf without meaning.
    pub features: Vec<u16>,
    /// A value up to and including this one goes to the left; of a leaf, what it adds to the sum.
    pub values: Vec<f32>,
    /// How far the right child is; 0 for a leaf.
    pub right: Vec<u16>,
    /// How many rows, or how much of their weight, came by in training. Empty if it is not known.
    pub cover: Vec<f32>,
}

/// Trees, checked and laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    pub(super) base: f64,
    pub(super) nodes: Nodes,
    columns: usize,
    layouts: Vec<Layout>,
    splits: Vec<Split>,
    leaves: Vec<f32>,
    /// Whose 0 counts as missing.
    zero_missing: Vec<u16>,
}

/// Where a tree is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layout {
    /// Of its root among the nodes.
    start: u32,
    depth: u8,
    /// Where it begins among splits and leaves, if it is there as a complete tree.
    complete: Option<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Split {
    threshold: f32,
    feature: u16,
}

/// Why trees cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsound;

impl Forest {
    /// Checks every link, number and column once, so that nothing needs to be checked later.
    pub fn new(base: f64, columns: usize, nodes: Nodes) -> Result<Forest, Unsound> {
        let count = nodes.features.len();
        let covered = nodes.cover.is_empty() || nodes.cover.len() == count;
        if nodes.values.len() != count || nodes.right.len() != count || !covered {
            return Err(Unsound);
        }
        if !base.is_finite()
            || nodes.values.iter().any(|value| value.is_nan())
            || !nodes
                .cover
                .iter()
                .all(|cover| *cover > 0.0 && cover.is_finite())
            || nodes.starts.first() != Some(&0)
            || nodes.starts.last() != Some(&(count as u32))
        {
            return Err(Unsound);
        }
        let mut forest = Forest {
            base,
            columns,
            zero_missing: Vec::new(),
            layouts: Vec::with_capacity(nodes.starts.len()),
            splits: Vec::new(),
            leaves: Vec::new(),
            nodes: Nodes::default(),
        };
        // For each node, how many nodes and levels there are from it on. Children come later, so backwards.
        let mut sizes = vec![0_u32; count];
        let mut depths = vec![0_u8; count];
        let mut zeros = vec![0_u8; columns];
        for tree in nodes.starts.windows(2) {
            let [start, end] = [tree[0] as usize, tree[1] as usize];
            if start >= end || end > count {
                return Err(Unsound);
            }
            let mut inner = 0;
            for node in (start..end).rev() {
                let right = nodes.right[node];
                if right == 0 {
                    if !nodes.values[node].is_finite() {
                        return Err(Unsound);
                    }
                    sizes[node] = 1;
                    continue;
                }
                inner += 1;
                let second = node + usize::from(right);
                let feature = nodes.features[node];
                if second >= end
                    || u32::from(right) != 1 + sizes[node + 1]
                    || usize::from(feature & COLUMN) >= columns
                {
                    return Err(Unsound);
                }
                // A column's nodes either all take 0 for missing, or none.
                let zero = 1 + u8::from(feature & ZERO_MISSING != 0);
                let known = &mut zeros[usize::from(feature & COLUMN)];
                if *known != 0 && *known != zero {
                    return Err(Unsound);
                }
                if *known == 0 && zero == 2 {
                    forest.zero_missing.push(feature & COLUMN);
                }
                *known = zero;
                sizes[node] = u32::from(right) + sizes[second];
                depths[node] = 1 + depths[node + 1].max(depths[second]);
                if usize::from(depths[node]) > DEEPEST {
                    return Err(Unsound);
                }
            }
            if sizes[start] as usize != end - start {
                return Err(Unsound);
            }
            forest.lay_out(&nodes, start, depths[start], inner + 1);
        }
        forest.nodes = nodes;
        Ok(forest)
    }

    /// As a complete tree where that is not much larger, so that memory stays in proportion to the file.
    fn lay_out(&mut self, nodes: &Nodes, start: usize, depth: u8, leaves: usize) {
        let fills = depth <= 12 && 1_usize << depth <= 2 * leaves;
        let ends = (self.splits.len() as u32, self.leaves.len() as u32);
        self.layouts.push(Layout {
            start: start as u32,
            depth,
            complete: fills.then_some(ends),
        });
        if !fills {
            return;
        }
        // Below a leaf that comes early any way will do: all of them end in its value.
        let mut level = vec![start];
        for _ in 0..depth {
            let mut next = Vec::with_capacity(2 * level.len());
            for node in level {
                let right = usize::from(nodes.right[node]);
                let (threshold, feature) = match right {
                    0 => (0.0, 0),
                    _ => (nodes.values[node], nodes.features[node]),
                };
                self.splits.push(Split { threshold, feature });
                next.extend([node + right.min(1), node + right]);
            }
            level = next;
        }
        self.leaves
            .extend(level.into_iter().map(|node| nodes.values[node]));
    }

    /// The nodes.
    pub fn nodes(&self) -> &Nodes {
        &self.nodes
    }

    /// How many columns it reads.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// How many trees there are, and how many of them are laid out as complete ones.
    pub fn trees(&self) -> (usize, usize) {
        let complete = |layout: &&Layout| layout.complete.is_some();
        (
            self.layouts.len(),
            self.layouts.iter().filter(complete).count(),
        )
    }

    /// The columns with NaN for every 0 that counts as missing. `None` if none does.
    pub(super) fn without_zeros(&self, columns: &Columns) -> Option<Columns> {
        if self.zero_missing.is_empty() {
            return None;
        }
        let mut changed = columns.clone();
        for column in &self.zero_missing {
            for value in changed.column_mut(usize::from(*column)) {
                if value.abs() <= NEARLY_ZERO {
                    *value = f32::NAN;
                }
            }
        }
        Some(changed)
    }

    pub(super) fn margins(&self, columns: &Columns, sums: &mut [f64]) {
        sums.fill(self.base);
        let changed = self.without_zeros(columns);
        let columns = changed.as_ref().unwrap_or(columns);
        // Most pages have no value missing. Complete trees are for them: there a way needs one comparison.
        let missing = columns.has_nan();
        // Tree by tree: a tree stays in the nearest cache while all rows go through it.
        for layout in &self.layouts {
            let depth = layout.depth;
            match layout.complete {
                Some((split, leaf)) if !missing => {
                    let splits = slice(&self.splits, split, (1 << depth) - 1);
                    let leaves = slice(&self.leaves, leaf, 1 << depth);
                    add_complete(depth, splits, leaves, columns, sums);
                }
                _ => self.nodes.add(depth, layout.start as usize, columns, sums),
            }
        }
    }
}

/// A part of a list; none of it where it would reach beyond.
fn slice<T>(all: &[T], start: u32, length: usize) -> &[T] {
    let start = start as usize;
    all.get(start..start + length).unwrap_or(&[])
}

/// Takes rows down from a root, each a step at a time, so that they do not wait for one another. Written out, because
/// a compiler that saves room would neither unroll nor inline it. Where fewer rows are left, some walk over numbers
/// that are not theirs, and nobody asks where they arrived.
macro_rules! walk {
    ($depth:expr, $root:expr, |$node:ident, $lane:ident| $step:expr) => {{
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = [$root; ABREAST];
        for _ in 0..$depth {
            a = walk!($node, $lane, a, 0, $step);
            b = walk!($node, $lane, b, 1, $step);
            c = walk!($node, $lane, c, 2, $step);
            d = walk!($node, $lane, d, 3, $step);
            e = walk!($node, $lane, e, 4, $step);
            f = walk!($node, $lane, f, 5, $step);
            g = walk!($node, $lane, g, 6, $step);
            h = walk!($node, $lane, h, 7, $step);
        }
        [a, b, c, d, e, f, g, h]
    }};
    ($node:ident, $lane:ident, $at:ident, $of:literal, $step:expr) => {{
        let ($node, $lane) = ($at, $of);
        $step
    }};
}

/// Takes all rows without missing values down a complete tree.
fn add_complete(depth: u8, splits: &[Split], leaves: &[f32], columns: &Columns, sums: &mut [f64]) {
    let (stride, values) = (columns.stride(), columns.values());
    for (block, sums) in sums.chunks_mut(ABREAST).enumerate() {
        let first = block * ABREAST;
        let at = walk!(depth, 0, |node, lane| {
            let split = value_at(splits, node);
            let value = value_at(values, split.column() * stride + first + lane);
            2 * node + 1 + usize::from(value > split.threshold)
        });
        for (sum, node) in sums.iter_mut().zip(at) {
            *sum += f64::from(value_at(leaves, node - splits.len()));
        }
    }
}

impl Nodes {
    /// Takes all rows along a tree's nodes, in so many steps from its root.
    fn add(&self, depth: u8, root: usize, columns: &Columns, sums: &mut [f64]) {
        let (stride, values) = (columns.stride(), columns.values());
        for (block, sums) in sums.chunks_mut(ABREAST).enumerate() {
            let first = block * ABREAST;
            let at = walk!(depth, root, |node, lane| {
                let split = self.split(node);
                let right = usize::from(value_at(&self.right, node));
                let value = value_at(values, split.column() * stride + first + lane);
                // A leaf's 0 keeps the walk where it is, whatever its value compares to.
                node + if split.goes_right(value) {
                    right
                } else {
                    right.min(1)
                }
            });
            for (sum, node) in sums.iter_mut().zip(at) {
                *sum += f64::from(value_at(&self.values, node));
            }
        }
    }

    #[inline(always)]
    fn split(&self, node: usize) -> Split {
        Split {
            threshold: value_at(&self.values, node),
            feature: value_at(&self.features, node),
        }
    }
}

/// The places were checked when the forest was made; this only cannot panic.
#[inline(always)]
fn value_at<T: Copy + Default>(values: &[T], place: usize) -> T {
    values.get(place).copied().unwrap_or_default()
}

impl Split {
    #[inline(always)]
    fn column(self) -> usize {
        usize::from(self.feature & COLUMN)
    }

    /// Without branches, also for NaN, which is not greater than anything.
    #[inline(always)]
    fn goes_right(self, value: f32) -> bool {
        let missing = value.is_nan() & (self.feature & MISSING_LEFT == 0);
        (value > self.threshold) | missing
    }
}

impl Nodes {
    /// Where a row goes from a node that is no leaf.
    pub(super) fn goes_right(&self, node: usize, columns: &Columns, row: usize) -> bool {
        let split = self.split(node);
        let value = columns.get(row, split.column());
        split.goes_right(value)
    }
}
