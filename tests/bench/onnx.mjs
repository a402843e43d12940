// A forest of numbers in ONNX's own bytes (onnx.proto, and TreeEnsembleRegressor of ai.onnx.ml), so that ONNX Runtime can be given
// the very forest that the benchmark ranks by.

const bytesOf = (number) => {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(number)); ; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest < 128n) return bytes;
  }
};
const varint = (field, number) => [...bytesOf(field << 3), ...bytesOf(number)];
const block = (field, bytes) => [bytesOf((field << 3) | 2), bytesOf(bytes.length), bytes].flat();
const text = (field, value) => block(field, [...new TextEncoder().encode(value)]);
const floats = (values) => [...new Uint8Array(Float32Array.from(values).buffer)];

/** AttributeProto, with its kind's number. */
const attribute = (name, kind, ...fields) => block(5, [text(1, name), ...fields, varint(20, kind)].flat());
const ints = (name, values) => attribute(name, 7, block(8, values.flatMap(bytesOf)));
const reals = (name, values) => attribute(name, 6, block(7, floats(values)));
const words = (name, values) => attribute(name, 8, ...values.map((value) => text(9, value)));
const one = (name, value) => attribute(name, 2, varint(3, value));

/** `X`, rows of so many columns. */
const tensor = (field, name, columns) => block(field, [...text(1, name), ...block(2, block(1, [...varint(1, 1), ...block(2, [...block(1, text(2, "N")), ...block(1, varint(1, columns))])]))]);

/** @param {{ tree_structure: object }[]} trees as LightGBM writes them */
export function forestInOnnx(trees, columns) {
  const nodes = { treeids: [], nodeids: [], featureids: [], values: [], modes: [], truenodeids: [], falsenodeids: [] };
  const leaves = { treeids: [], nodeids: [], ids: [], weights: [] };
  trees.forEach(({ tree_structure }, tree) => {
    let next = 0;
    const write = (node) => {
      const id = next++;
      const at = nodes.nodeids.length;
      const isLeaf = node.leaf_value !== undefined;
      for (const [name, value] of Object.entries({ treeids: tree, nodeids: id, featureids: isLeaf ? 0 : node.split_feature, values: isLeaf ? 0 : node.threshold, modes: isLeaf ? "LEAF" : "BRANCH_LEQ", truenodeids: 0, falsenodeids: 0 })) nodes[name].push(value);
      if (isLeaf) for (const [name, value] of Object.entries({ treeids: tree, nodeids: id, ids: 0, weights: node.leaf_value })) leaves[name].push(value);
      else [nodes.truenodeids[at], nodes.falsenodeids[at]] = [write(node.left_child), write(node.right_child)];
      return id;
    };
    write(tree_structure);
  });
  const node = [
    text(1, "X"), text(2, "Y"), text(4, "TreeEnsembleRegressor"), one("n_targets", 1), text(7, "ai.onnx.ml"),
    ...["treeids", "nodeids", "featureids", "truenodeids", "falsenodeids"].map((name) => ints("nodes_" + name, nodes[name])),
    reals("nodes_values", nodes.values), words("nodes_modes", nodes.modes),
    ...["treeids", "nodeids", "ids"].map((name) => ints("target_" + name, leaves[name])), reals("target_weights", leaves.weights),
  ].flat();
  const graph = [...block(1, node), ...text(2, "forest"), ...tensor(11, "X", columns), ...tensor(12, "Y", 1)];
  const opset = (domain, version) => block(8, [...text(1, domain), ...varint(2, version)]);
  return new Uint8Array([...varint(1, 8), ...block(7, graph), ...opset("", 15), ...opset("ai.onnx.ml", 3)]);
}
