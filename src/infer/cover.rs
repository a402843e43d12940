//! How many rows come by each node of a forest, where the format that it came from does not say.

use super::columns::Columns;
use super::forest::Forest;

impl Forest {
    /// Whether it is known how many rows came by each node: else nothing that it says can be explained.
    pub fn is_covered(&self) -> bool {
        !self.nodes.cover.is_empty()
    }

    /// The same, to be explained against these rows: each leaf counts those that end in it, and one at least, lest what
    /// none of them came by be impossible.
    pub fn covered_by(&self, columns: &Columns) -> Forest {
        let changed = self.without_zeros(columns);
        let columns = changed.as_ref().unwrap_or(columns);
        let mut forest = self.clone();
        let nodes = &mut forest.nodes;
        nodes.cover = vec![0.0; nodes.features.len()];
        for tree in 0..nodes.starts.len() - 1 {
            let [start, end] = [nodes.starts[tree] as usize, nodes.starts[tree + 1] as usize];
            for row in 0..columns.rows() {
                let mut node = start;
                while nodes.right[node] != 0 {
                    node += match nodes.goes_right(node, columns, row) {
                        true => usize::from(nodes.right[node]),
                        false => 1,
                    };
                }
                nodes.cover[node] += 1.0;
            }
            // Children come after their parent.
            for node in (start..end).rev() {
                nodes.cover[node] = match usize::from(nodes.right[node]) {
                    0 => nodes.cover[node].max(1.0),
                    right => nodes.cover[node + 1] + nodes.cover[node + right],
                };
            }
        }
        forest
    }
}
