"""XGBoost and LightGBM for the tree benchmarks: answers one request a line on stdin with seconds or megabytes a line on stdout.

A request is {"folder", "library", "data", "features", "train", "threads", "batch"}; batch 0 is training, and with "memory" its peak is the answer.
"""
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

rounds, depth, bins = 100, 6, 256
arrays, models = {}, {}


def data(request):
    name = request["data"]
    if name not in arrays:
        folder = Path(request["folder"])
        X = np.fromfile(folder / f"{name}.X", np.float32).reshape(-1, request["features"])
        arrays[name] = X, np.fromfile(folder / f"{name}.y", np.float32)
    X, y = arrays[name]
    return X[: request["train"]], y[: request["train"]], X[request["train"] :]


def train(request):
    X, y, _ = data(request)
    threads = request["threads"]
    if request["library"] == "xgboost":
        import xgboost as xgb

        params = {"objective": "binary:logistic", "tree_method": "hist", "max_depth": depth, "eta": 0.1,
                  "max_bin": bins, "nthread": threads, "verbosity": 0}
        return xgb.train(params, xgb.QuantileDMatrix(X, y, max_bin=bins, nthread=threads), rounds)
    import lightgbm as lgb

    params = {"objective": "binary", "num_leaves": 2**depth, "max_depth": depth, "learning_rate": 0.1, "max_bin": bins - 1,
              "lambda_l2": 1, "min_sum_hessian_in_leaf": 1, "min_data_in_leaf": 1, "num_threads": threads, "verbosity": -1}
    return lgb.train(params, lgb.Dataset(X, y, params=params), rounds)


def predict_seconds(request):
    key = request["library"], request["data"]
    if key not in models:
        models[key] = train({**request, "threads": 2})
    model, batch = models[key], request["batch"]
    _, _, X = data(request)
    blocks = [np.ascontiguousarray(X[k * batch : (k + 1) * batch]) for k in range(4)]
    if request["library"] == "xgboost":
        model.set_param({"nthread": 1})
        call = model.inplace_predict
    else:
        call = lambda block: model.predict(block, num_threads=1)  # noqa: E731
    calls = max(8, 20_000 // (batch + 20))
    call(blocks[0])
    start = time.perf_counter()
    for k in range(calls):
        call(blocks[k % 4])
    return (time.perf_counter() - start) / (calls * batch)


for line in sys.stdin:
    request = json.loads(line)
    if request.get("memory"):
        train(request)
        answer = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    elif request["batch"]:
        answer = predict_seconds(request)
    else:
        data(request)
        start = time.perf_counter()
        train(request)
        answer = time.perf_counter() - start
    print(answer, flush=True)
