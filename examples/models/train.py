"""Trains real models and writes what proves that Forebay computes the same.

    python train.py OUT            all models, 1,200 rows each
    python train.py OUT --small    few trees and 40 rows each, as they are kept in tests/data/models

For each model NAME: its files (NAME.txt, .json, .ubj or .onnx), NAME.csv with rows of features and the prediction of
the library that trained it, and, where that library computes contributions, NAME.contributions.csv with its Shapley
values. The data is made here from seeds, or comes with scikit-learn.
"""

import argparse
import json
import pathlib
import warnings

import lightgbm as lgb
import numpy as np
import xgboost as xgb
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType as LightgbmFloats
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_breast_cancer, load_diabetes, make_classification, make_friedman1
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--small", action="store_true")
arguments = parser.parse_args()
OUT, SMALL = arguments.out, arguments.small
OUT.mkdir(parents=True, exist_ok=True)
ROWS = 40 if SMALL else 1200
TREES = 5 if SMALL else 100
LEAVES = 8 if SMALL else 31
UNITS = (8, 4) if SMALL else (64, 32)


def single(x):
    """As the page's numbers are: features are held in single precision."""
    return np.asarray(x, dtype=np.float32)


def clicks(seed, missing=0.0):
    x, y = make_classification(6000, 12, n_informative=7, n_redundant=2, flip_y=0.1, random_state=seed)
    x = single(x)
    x[:, 3] = np.round(np.exp(x[:, 3]))  # counts, many of them 0
    x[:, 7] = x[:, 7] > 0
    if missing:
        x[np.random.default_rng(seed).random(x.shape) < missing] = np.nan
    return x, y


def friedman(seed):
    x, y = make_friedman1(6000, 10, noise=0.5, random_state=seed)
    return single(x), y


def queries(seed):
    random = np.random.default_rng(seed)
    x = single(random.normal(size=(6000, 9)))
    gain = x[:, 0] + 0.5 * x[:, 1] * (x[:, 2] > 0) - 0.4 * np.abs(x[:, 3]) + random.normal(scale=0.7, size=len(x))
    return x, np.clip(np.digitize(gain, [0.0, 0.8, 1.8]), 0, 3), np.full(300, 20)


def packaged(load):
    x, y = load(return_X_y=True)
    return single(x), y


def rows_of(x, seed=1):
    """Rows to prove it with: those trained on, and some that lie between and beyond them."""
    random = np.random.default_rng(seed)
    picked = x[random.integers(0, len(x), ROWS)]
    half = len(picked) // 2
    spread = np.nanstd(x, axis=0)
    picked[half:] = single(picked[half:] + random.normal(scale=0.3, size=picked[half:].shape) * spread)
    return picked


def write(name, x, prediction, contributions=None):
    def table(path, header, values):
        with open(path, "w") as file:
            file.write(",".join(header) + "\n")
            for row in values:
                file.write(",".join("" if np.isnan(value) else str(value) for value in row) + "\n")

    # str() of a NumPy number is the shortest text that reads back as the same.
    columns = [f"f{i}" for i in range(x.shape[1])]
    body = ([*map(np.float32, row), np.float64(p)] for row, p in zip(x, prediction))
    table(OUT / f"{name}.csv", [*columns, "prediction"], body)
    if contributions is not None:
        table(OUT / f"{name}.contributions.csv", [*columns, "base"], contributions)
    print(f"{name}: {len(x)} rows", flush=True)


def lightgbm(name, x, y, group=None, onnx=False, **parameters):
    parameters = {"num_leaves": LEAVES, "learning_rate": 0.1, "verbose": -1, "seed": 1, "num_threads": 2, **parameters}
    names = [f"f{i}" for i in range(x.shape[1])]
    booster = lgb.train(parameters, lgb.Dataset(x, y, group=group, feature_name=names), TREES)
    booster.save_model(OUT / f"{name}.txt")
    (OUT / f"{name}.json").write_text(json.dumps(booster.dump_model()))
    if onnx:
        model = convert_lightgbm(booster, initial_types=[("x", LightgbmFloats([None, x.shape[1]]))], zipmap=False)
        (OUT / f"{name}.onnx").write_bytes(model.SerializeToString())
    rows = rows_of(x)
    contributions = booster.predict(rows, pred_contrib=True)
    if parameters.get("boosting") == "rf":
        contributions /= TREES  # LightGBM averages what a random forest predicts, but sums up what explains it
    write(name, rows, booster.predict(rows), contributions)


def xgboost(name, x, y, group=None, **parameters):
    parameters = {"max_depth": 3 if SMALL else 6, "eta": 0.1, "seed": 1, "nthread": 2, **parameters}
    data = xgb.DMatrix(x, y)
    if group is not None:
        data.set_group(group)
    booster = xgb.train(parameters, data, TREES)
    for form in ("json", "ubj"):
        booster.save_model(OUT / f"{name}.{form}")
    rows = rows_of(x)
    given = xgb.DMatrix(rows)
    write(name, rows, booster.predict(given), booster.predict(given, pred_contribs=True))


def sklearn(name, model, x, y):
    model.fit(x, y)
    options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
    exported = to_onnx(model, initial_types=[("x", FloatTensorType([None, x.shape[1]]))], options=options)
    (OUT / f"{name}.onnx").write_bytes(exported.SerializeToString())
    rows = rows_of(x)
    predicted = model.predict_proba(rows)[:, 1] if hasattr(model, "predict_proba") else model.predict(rows).ravel()
    write(name, rows, predicted)


if __name__ == "__main__":
    x, y = clicks(1, missing=0.05)
    lightgbm("lightgbm-binary", x, y, objective="binary", onnx=True)
    xgboost("xgboost-binary", x, y, objective="binary:logistic")
    x, y = clicks(2)
    lightgbm("lightgbm-zero", x, y, objective="binary", zero_as_missing=True)
    lightgbm("lightgbm-forest", x, y, objective="binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    lightgbm("lightgbm-complete", x, y, objective="binary", max_depth=3 if SMALL else 6, num_leaves=64, min_data_in_leaf=5)
    sklearn("sklearn-logistic", make_pipeline(StandardScaler(), LogisticRegression()), x, y)
    sklearn("sklearn-random-forest", RandomForestClassifier(TREES, max_leaf_nodes=LEAVES, random_state=1), x, y)
    sklearn("sklearn-boosting", GradientBoostingClassifier(n_estimators=TREES, random_state=1), x, y)
    sklearn("sklearn-mlp", make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=UNITS, max_iter=30, random_state=1)), x, y)
    x, y = friedman(3)
    lightgbm("lightgbm-regression", x, y, objective="regression", onnx=True)
    xgboost("xgboost-regression", x, y, objective="reg:squarederror")
    sklearn("sklearn-scaled-forest",
            make_pipeline(StandardScaler(), RandomForestRegressor(TREES, max_leaf_nodes=LEAVES, random_state=1)), x, y)
    tanh = MLPRegressor(hidden_layer_sizes=UNITS, activation="tanh", max_iter=30, random_state=1)
    sklearn("sklearn-mlp-tanh", make_pipeline(StandardScaler(), tanh), x, y)
    x, y, group = queries(4)
    lightgbm("lightgbm-lambdarank", x, y, group, objective="lambdarank", onnx=True)
    xgboost("xgboost-rank", x, y, group, objective="rank:ndcg")
    x, y = packaged(load_diabetes)
    sklearn("sklearn-linear", LinearRegression(), x, y)
    sklearn("sklearn-ridge", make_pipeline(StandardScaler(), Ridge()), x, y)
    sklearn("sklearn-boosting-regression", GradientBoostingRegressor(n_estimators=TREES, random_state=1), x, y)
    if not SMALL:
        x, y = packaged(load_breast_cancer)
        lightgbm("lightgbm-breast-cancer", x, y, objective="binary")
        xgboost("xgboost-breast-cancer", x, y, objective="binary:logistic")
        sklearn("sklearn-breast-cancer", make_pipeline(StandardScaler(), LogisticRegression()), x, y)
