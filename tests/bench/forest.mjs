// Writes a forest of random trees as LightGBM would, for the benchmark: what it ranks is of no meaning, its size is. Beside it
// goes the same forest in ONNX.
//
//   node tests/bench/forest.mjs target/bench/forest.json
//   cargo run --features analyze -- model convert target/bench/forest.json -o target/bench/forest.forebay
//   FOREBAY_FOREST=target/bench/forest.forebay make bench
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { random } from "../decisions/random.mjs";
import { forestInOnnx } from "./onnx.mjs";

const [TREES, COLUMNS, DEPTH] = [100, 32, 6];

const [, , out] = process.argv;
if (!out) {
  console.log(readFileSync(fileURLToPath(import.meta.url), "utf8").match(/^\/\/ .*(\n\/\/.*)*/)[0].replaceAll(/^\/\/ ?/gm, ""));
  process.exit(2);
}

const { next, below } = random(9);
let leaves;
let splits;

/** One branch in twenty ends early. */
function grow(depth) {
  if (depth === 0 || (depth < DEPTH && next() < 0.05)) return { leaf_index: leaves++, leaf_value: (next() - 0.5) / 5, leaf_weight: 1, leaf_count: 1 };
  const left_child = grow(depth - 1);
  const right_child = grow(depth - 1);
  const count = (node) => node.leaf_count ?? node.internal_count;
  return {
    split_index: splits++, split_feature: below(COLUMNS), split_gain: 1, threshold: next() * 2 - 1, decision_type: "<=", default_left: true, missing_type: "NaN",
    internal_value: 0, internal_weight: 1, internal_count: count(left_child) + count(right_child), left_child, right_child,
  };
}

const names = Array.from({ length: COLUMNS }, (_, at) => `f${at}`);
const tree_info = Array.from({ length: TREES }, (_, tree_index) => {
  [leaves, splits] = [0, 0];
  const tree_structure = grow(DEPTH);
  return { tree_index, num_leaves: leaves, num_cat: 0, shrinkage: 0.1, tree_structure };
});
writeFileSync(out.replace(/json$/, "onnx"), forestInOnnx(tree_info, COLUMNS));
writeFileSync(out, JSON.stringify({
  name: "tree", version: "v4", num_class: 1, num_tree_per_iteration: 1, label_index: 0, max_feature_idx: COLUMNS - 1, objective: "binary sigmoid:1", average_output: false,
  feature_names: names, monotone_constraints: [], feature_infos: Object.fromEntries(names.map((name) => [name, { min_value: -1, max_value: 1, values: [] }])), tree_info, pandas_categorical: null,
}));
