"""How well does what Forebay computes rank, on real people's choices?

    cargo build --features analyze --bin forebay
    python evaluate.py ../../target/debug/forebay [--wheel recbole-1.2.0-py3-none-any.whl] [--first 0.8]

MovieLens-100k (GroupLens; research use, not to be redistributed) comes out of the wheel `recbole`, which pip downloads
into a temporary folder. It is no notification data: none of an enterprise is public. What people rated in one go stands
for what an inbox shows at one time.

Strictly by time: the first 80 % of all ratings train, the rest tests. What is to be decided is decided with --first 0.8,
which sees nothing of that test. A slate is up to 20 ratings of a person, one
after the other; its features know only what had happened before its first rating. Lists of 11 and more are scored by
NDCG@10 with gains 2^rating - 1. Intervals are of 95 %, from 2,000 bootstrap samples of people, in pairs: the same people
for both sides of a difference. Every score is computed by `forebay model rank`, every model converted by
`forebay model convert`, which refuses one that predicts otherwise than its trainer.
"""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import lightgbm as lgb
import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("forebay", type=pathlib.Path)
parser.add_argument("--wheel", type=pathlib.Path)
parser.add_argument("--first", type=float, default=1.0, help="only this share of all ratings, the oldest: to decide by")
arguments = parser.parse_args()
folder = pathlib.Path(tempfile.mkdtemp(prefix="forebay-evaluate-"))
DAY = 86_400
SLATE, SHORTEST, TOP, SAMPLES = 20, 11, 10, 2000


def dataset():
    wheel = arguments.wheel
    if wheel is None:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "recbole==1.2.0"]
        subprocess.run(command, check=True)
        wheel = next(folder.glob("recbole-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        def table(name):
            text = archive.read(f"recbole/dataset_example/ml-100k/ml-100k.{name}").decode()
            frame = pd.read_csv(io.StringIO(text), sep="\t")
            frame.columns = [column.split(":")[0] for column in frame.columns]
            return frame

        return table("inter"), table("item"), table("user")


ratings, items, users = dataset()
ratings = ratings.sort_values(["timestamp", "user_id", "item_id"], kind="stable").reset_index(drop=True)
ratings = ratings.head(int(len(ratings) * arguments.first))
items = items.set_index("item_id")
users = users.set_index("user_id")
GENRES = sorted({genre for text in items["class"].fillna("") for genre in text.split() if genre != "unknown"})
genres_of = {item: [GENRES.index(g) for g in str(text).split() if g in GENRES] for item, text in items["class"].items()}
year_of = pd.to_numeric(items["release_year"], errors="coerce")
NUMBERS = {  # name: (logarithm, learned on the device)
    "itemCount": (True, False), "itemMean": (False, True), "itemLiked": (False, True), "itemRecent": (True, True),
    "userCount": (True, False), "userMean": (False, False), "affinity": (False, True), "bestAffinity": (False, True),
    "year": (False, True), "userAge": (False, False), "genreCount": (False, True),
}
PERSONAL = {"userCount", "userMean", "affinity", "bestAffinity"}
FLAGS = ["male", *[f"genre:{genre}" for genre in GENRES]]


class Past:
    """What was known at a time."""

    def __init__(self):
        self.item = {}      # count, sum of ratings, liked, recent times
        self.user = {}      # count, sum of ratings
        self.taste = {}     # (user, genre): count, liked
        self.all = [1, 3.5, 0.5]

    def features(self, user, item, now):
        mean, liked = self.all[1] / self.all[0], self.all[2] / self.all[0]
        count, total, likes, times = self.item.get(item, (0, 0, 0, ()))
        seen, given = self.user.get(user, (0, 0))
        tastes = [self.taste.get((user, genre), (0, 0)) for genre in genres_of[item]]
        affinities = [(likes + 5 * liked) / (count + 5) for count, likes in tastes] or [liked]
        genres = np.zeros(len(GENRES))
        genres[genres_of[item]] = 1
        return [
            count, (total + 10 * mean) / (count + 10), (likes + 10 * liked) / (count + 10),
            sum(now - time < 30 * DAY for time in times), seen, (given + 5 * mean) / (seen + 5),
            np.mean(affinities), np.max(affinities), year_of.get(item, np.nan), users.age[user], len(genres_of[item]),
            float(users.gender[user] == "M"), *genres,
        ]

    def add(self, user, item, rating, now):
        like = float(rating >= 4)
        count, total, likes, times = self.item.get(item, (0, 0, 0, ()))
        self.item[item] = (count + 1, total + rating, likes + like, (*(t for t in times if now - t < 30 * DAY), now))
        seen, given = self.user.get(user, (0, 0))
        self.user[user] = (seen + 1, given + rating)
        for genre in genres_of[item]:
            count, likes = self.taste.get((user, genre), (0, 0))
            self.taste[user, genre] = (count + 1, likes + like)
        self.all = [self.all[0] + 1, self.all[1] + rating, self.all[2] + like]


def slates():
    """Rows of features, frozen when their slate began. A slate never spans the split."""
    split = ratings.timestamp.iloc[int(len(ratings) * 0.8)]
    past, open_slates, rows = Past(), {}, []
    # A slate's items are looked up beforehand, what becomes of them is not.
    for position, (user, item, rating, now) in enumerate(ratings[["user_id", "item_id", "rating", "timestamp"]].values):
        test = now >= split
        slate = open_slates.get(user)
        if slate is None or slate["left"] == 0 or slate["test"] != test or now - slate["last"] > DAY:
            slate = {"id": position, "left": SLATE, "test": test, "last": now, "features": {}}
            ahead = ratings.iloc[position:][ratings.user_id.iloc[position:] == user].head(SLATE)
            for other in ahead.item_id:
                slate["features"][other] = past.features(user, other, now)
            open_slates[user] = slate
        slate["left"] -= 1
        slate["last"] = now
        rows.append([user, slate["id"], test, rating, *slate["features"][item]])
        past.add(user, item, rating, now)
    frame = pd.DataFrame(rows, columns=["user", "slate", "test", "rating", *NUMBERS, *FLAGS])
    frame["liked"] = (frame.rating >= 4).astype(int)
    # The first ratings of all know nothing of anybody.
    frame["warm"] = np.arange(len(frame)) > len(frame) * 0.1
    return frame


rows = slates()
train = rows[~rows.test & rows.warm]
test = rows[rows.test].sort_values(["user", "slate"], kind="stable").reset_index(drop=True)


def schema(without=()):
    features = []
    for name, (log, learned) in NUMBERS.items():
        if name in without:
            continue
        values = np.log1p(train[name]) if log else train[name]
        features.append({
            "name": name, "kind": "numeric", "input": name, "log1p": log, "mean": float(values.mean()),
            "deviation": float(values.std()), "missing": {"default": float(train[name].mean())}, "learned": learned,
        })
    for name in FLAGS:
        features.append({"name": name, "kind": "flag", "input": name, "missing": "default", "learned": name != "male"})
    return {"name": "films", "version": 1, "features": features}


WHOLE, IMPERSONAL = schema(), schema(without=PERSONAL)


def matrix(frame, schema):
    """What the schema says, in Python; that it is the same, the conversion proves."""
    columns = []
    for feature in schema["features"]:
        values = frame[feature["input"]].astype(np.float64)
        if feature["kind"] == "numeric":
            values = values.fillna(feature["missing"]["default"])
            values = np.log1p(values) if feature["log1p"] else values
            values = (values - feature["mean"]) / feature["deviation"]
        columns.append(values)
    return np.stack(columns, axis=1).astype(np.float32)


def forebay(*command):
    subprocess.run([arguments.forebay, "model", *command], check=True, stdout=subprocess.DEVNULL)


def scores(name, *options):
    out = folder / f"{name}.scores.csv"
    forebay("rank", folder / f"{name}.forebay", folder / "test.csv", "-o", out, "--rows", "inputs", *options)
    return pd.read_csv(out).score.values


def made(name, extension, schema, predictions):
    golden = train[[*NUMBERS, *FLAGS]].assign(prediction=predictions)
    golden.to_csv(folder / f"{name}.csv", index=False)
    (folder / "schema.json").write_text(json.dumps(schema))
    forebay("convert", folder / f"{name}.{extension}", "-o", folder / f"{name}.forebay", "--schema", folder / "schema.json",
            "--golden", folder / f"{name}.csv", "--rows", "inputs")


def logistic(name, schema):
    x = matrix(train, schema)
    model = LogisticRegression(max_iter=1000).fit(x, y)
    exported = to_onnx(model, initial_types=[("x", FloatTensorType([None, x.shape[1]]))], options={"zipmap": False})
    (folder / f"{name}.onnx").write_bytes(exported.SerializeToString())
    made(name, "onnx", schema, model.predict_proba(x)[:, 1])


y = train.liked.values
logistic("linear", WHOLE)
logistic("impersonal", IMPERSONAL)
x = matrix(train, WHOLE)
parameters = {"objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "min_data_in_leaf": 50, "verbose": -1,
              "seed": 1, "num_threads": 2, "deterministic": True}
names = [feature["name"].replace(":", "_") for feature in WHOLE["features"]]
forest = lgb.train(parameters, lgb.Dataset(x, y, feature_name=names), 150)
forest.save_model(folder / "forest.txt")
made("forest", "txt", WHOLE, forest.predict(x))

test.to_csv(folder / "test.csv", index=False)
LEARN = ("--learn", "user,slate,liked", "--attention", "0")
ranked = {
    "random": np.random.default_rng(7).random(len(test)),
    "popularity": test.itemCount.values,
    "linear": scores("linear"),
    "forest": scores("forest"),
    "linear + device (rate 0.1)": scores("linear", *LEARN),
    "linear + device (rate 0.3)": scores("linear", *LEARN, "--rate", "0.3"),
    "linear + device (rate 0.1, attention 1)": scores("linear", *LEARN[:2]),
    "forest + device (rate 0.1)": scores("forest", *LEARN),
    "impersonal": scores("impersonal"),
    "impersonal + device (rate 0.1)": scores("impersonal", *LEARN),
}


def ndcg(ratings, order):
    gains = 2.0 ** ratings - 1
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    best = np.sort(gains)[::-1][:TOP] @ discounts
    return gains[order[:TOP]] @ discounts / best


lists = [group for _, group in test.groupby("slate", sort=False) if len(group) >= SHORTEST]
people = np.array([group.user.iloc[0] for group in lists])
values = {
    name: np.array([ndcg(group.rating.values, np.argsort(-score[group.index], kind="stable")) for group in lists])
    for name, score in ranked.items()
}
distinct = np.unique(people)
of_person = {person: np.flatnonzero(people == person) for person in distinct}
random = np.random.default_rng(11)
samples = [
    np.concatenate([of_person[person] for person in random.choice(distinct, len(distinct))]) for _ in range(SAMPLES)
]


def interval(list_values):
    means = [list_values[sample].mean() for sample in samples]
    return np.percentile(means, [2.5, 97.5])


print(f"MovieLens-100k: {len(train):,} ratings train, {len(lists):,} lists of {len(distinct):,} people test "
      f"(median {np.median([len(group) for group in lists]):.0f} items). No enterprise notifications: none are public.")
print(f"{'':40} NDCG@{TOP}  95 %              less linear")
for name, of_name in values.items():
    low, high = interval(of_name)
    line = f"{name:40} {of_name.mean():.4f}   [{low:.4f}, {high:.4f}]"
    if name != "linear":
        difference = of_name - values["linear"]
        low, high = interval(difference)
        line += f"  {difference.mean():+.4f} [{low:+.4f}, {high:+.4f}]{'' if low <= 0 <= high else ' *'}"
    print(line)
difference = values["impersonal + device (rate 0.1)"] - values["impersonal"]
low, high = interval(difference)
print(f"impersonal + device less impersonal: {difference.mean():+.4f} [{low:+.4f}, {high:+.4f}]")
print("* the interval of the difference leaves 0 out. Impersonal: linear without the features of a person's history.")
later = np.array([i for person in distinct for i in of_person[person][3:]])
if len(later):
    difference = values["linear + device (rate 0.1)"][later] - values["linear"][later]
    print(f"from a person's 4th list on ({len(later)} lists): linear + device (rate 0.1) less linear "
          f"{difference.mean():+.4f}")
