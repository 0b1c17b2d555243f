"""Checks ONNX models with onnx.checker and runs them in Python's onnxruntime.

Reads {"models": [{"path", "shape", "data"}]} on standard input, where null is NaN; writes a list of
{"inputs": {name: shape}, "outputs": {name: {"shape", "data"}}}, one a model.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime as ort


def run(path, shape, data):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    features = np.array([np.nan if x is None else x for x in data], np.float32).reshape(shape)
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {"features": features})
    return {
        "inputs": {one.name: one.shape for one in session.get_inputs()},
        "outputs": {
            name: {"shape": list(value.shape), "data": value.ravel().tolist()}
            for name, value in zip(names, values)
        },
    }


json.dump([run(**model) for model in json.load(sys.stdin)["models"]], sys.stdout)
