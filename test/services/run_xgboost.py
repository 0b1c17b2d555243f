"""XGBoost beside our trees: for each case of spec.json, trains on the same rows, saves its model, reads ours, predicts and explains with both.

Usage: python run_xgboost.py FOLDER, which holds spec.json and the cases' arrays; answers go beside them.
"""
import json
import sys
from pathlib import Path

import numpy as np
import xgboost as xgb

folder = Path(sys.argv[1])
spec = json.loads((folder / "spec.json").read_text())


def column(name, dtype):
    return np.fromfile(folder / name, dtype)


def write(name, values):
    np.asarray(values, np.float64).tofile(folder / name)


for case in spec["cases"]:
    name, width = case["name"], case["features"]
    types = ["c" if k in case["categorical"] else "float" for k in range(width)]

    def matrix(part):
        rows = column(f"{case['data']}.{part}.X", np.float32).reshape(-1, width)
        names = [f"f{k}" for k in range(width)]
        own = {"feature_types": types, "feature_names": names, "enable_categorical": True}
        if part == "train":
            own["label"] = column(f"{name}.y", np.float64)
            if case["weighted"]:
                own["weight"] = column(f"{case['data']}.weight", np.float64)
            if case["grouped"]:
                own["qid"] = column(f"{case['data']}.group", np.int32)
        return xgb.DMatrix(rows, **own)

    train, test = matrix("train"), matrix("test")
    params = {"tree_method": "hist", "nthread": 1, "verbosity": 0, **case["params"]}
    own = xgb.train(params, train, case["rounds"])
    own.save_model(folder / f"{name}.xgb.json")
    own.save_model(folder / f"{name}.xgb.ubj")
    write(f"{name}.xgb.margin", own.predict(test, output_margin=True))
    write(f"{name}.xgb.prediction", own.predict(test))
    few = test.slice(np.arange(300))
    write(f"{name}.xgb.shap", own.predict(few, pred_contribs=True))
    for form in ("json", "ubj"):
        ours = xgb.Booster(model_file=folder / f"{name}.ours.{form}")
        write(f"{name}.ours.{form}.margin", ours.predict(test, output_margin=True))
        write(f"{name}.ours.{form}.prediction", ours.predict(test))
    write(f"{name}.ours.shap", ours.predict(few, pred_contribs=True))

small = xgb.DMatrix(np.arange(40, dtype=np.float32).reshape(20, 2), label=np.arange(20))
for booster in ("dart", "gblinear"):
    model = xgb.train({"booster": booster, "verbosity": 0}, small, 2)
    model.save_model(folder / f"{booster}.json")
    model.save_model(folder / f"{booster}.ubj")
