// The inbox's features, the trees that LightGBM trained, and the order of it all, written down the plainest way.

const { fround } = Math;

/** The twelve columns of tests/data/decisions/inbox.schema.json. */
function columns(item, { now, opened }) {
  const number = (value) => (typeof value === "number" ? value : NaN);
  const slots = (words, value) => {
    const slot = typeof value !== "string" ? -1 : words.includes(value) ? words.indexOf(value) : words.length;
    return [...words, ""].map((_, at) => (at === slot ? 1 : 0));
  };
  const age = (now - number(item.createdAt)) / 1000;
  const clipped = Math.min(Math.max(number(item.size), 0), 1e6);
  const known = typeof item.author === "string";
  const count = opened.filter(({ key, time }) => known && key === item.author && time > now - 604_800_000 && time <= now).length;
  return [
    Number.isFinite(item.priority) ? item.priority : NaN, item.unread ? 1 : 0, 0.5 ** (Math.max(age, 0) / 86_400), count,
    ...slots(["mention", "task", "bill"], item.type), (Math.log1p(clipped) - 2) / 1.5, ...slots(["mail", "chat"], item.app),
  ].map(fround);
}

function leaf(node, row) {
  if (node.leaf_value !== undefined) return node.leaf_value;
  const value = row[node.split_feature];
  const goesLeft = Number.isNaN(value) ? node.default_left : value <= node.threshold;
  return leaf(goesLeft ? node.left_child : node.right_child, row);
}

export const logit = (model, item, known) => {
  const row = columns(item, known);
  return model.tree_info.reduce((sum, { tree_structure }) => sum + leaf(tree_structure, row), 0);
};

export const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));

/** The best of all that are left, again and again. */
export function order(items, { score, mark = () => 0, spread = {}, limit = Infinity }) {
  const left = items.map((item) => ({ item, score: fround(score(item)), mark: mark(item) }));
  const ranked = [];
  const tier = ({ mark }) => [1, 0, 2][mark];
  const now = ({ item, score }) => {
    let left = 1;
    for (const [field, factor] of Object.entries(spread)) left = fround(left * factor ** ranked.filter((other) => item[field] != null && Object.is(other[field], item[field])).length);
    return fround(score * left);
  };
  while (left.length && ranked.length < limit) {
    let best = 0;
    left.forEach((place, at) => {
      const [a, b] = [tier(place), tier(left[best])];
      if (a < b || (a === b && a !== 0 && (a === 1 ? now(place) > now(left[best]) : place.score > left[best].score))) best = at;
    });
    ranked.push(left.splice(best, 1)[0].item);
  }
  return ranked;
}
