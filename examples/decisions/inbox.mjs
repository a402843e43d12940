// Writes the example's model as LightGBM would: five trees by hand, since nobody's clicks were there to train it.
//
//   node examples/decisions/inbox.mjs > target/inbox.json
//   cargo run --features analyze -- model convert target/inbox.json --schema examples/decisions/inbox.schema.json --id notices -o examples/decisions/inbox.forebay
const [PRIORITY, YOUTH, MENTION, TASK] = [0, 1, 2, 3];
const COLUMNS = 6;

/** `count`: how many rows would have come to it in training, which reasons need. */
const leaf = (value, count) => ({ leaf_value: value, leaf_weight: count, leaf_count: count });
const split = (column, threshold, low, high, count = 64) => ({
  split_feature: column, threshold, split_gain: 1, decision_type: "<=", default_left: true, missing_type: "None",
  internal_value: 0, internal_weight: count, internal_count: count,
  left_child: typeof low === "number" ? leaf(low, count / 2) : low, right_child: typeof high === "number" ? leaf(high, count / 2) : high,
});

const trees = [
  split(PRIORITY, 0.5, -0.6, split(PRIORITY, 1.5, 0.2, 0.9, 32)),
  split(YOUTH, 0.5, split(YOUTH, 0.25, -0.5, -0.1, 32), 0.5),
  split(YOUTH, 0.9, -0.1, 0.4),
  split(MENTION, 0.5, -0.2, 0.5),
  split(TASK, 0.5, -0.1, split(PRIORITY, 1.5, 0.1, 0.4, 32)),
];

const number = (tree) => {
  let [leaves, splits] = [0, 0];
  const walk = (node) => {
    if (node.leaf_value !== undefined) return (node.leaf_index = leaves++);
    node.split_index = splits++;
    walk(node.left_child);
    walk(node.right_child);
  };
  walk(tree);
  return leaves;
};
const names = Array.from({ length: COLUMNS }, (_, at) => `f${at}`);
console.log(JSON.stringify({
  name: "tree", version: "v4", num_class: 1, num_tree_per_iteration: 1, label_index: 0, max_feature_idx: COLUMNS - 1, objective: "binary sigmoid:1", average_output: false,
  feature_names: names, monotone_constraints: [], feature_infos: Object.fromEntries(names.map((name) => [name, { min_value: 0, max_value: 3, values: [] }])),
  tree_info: trees.map((tree, tree_index) => ({ tree_index, num_leaves: number(tree), num_cat: 0, shrinkage: 1, tree_structure: tree })), pandas_categorical: null,
}));
