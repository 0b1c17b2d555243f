"""Alpha158 over a panel by qlib and by NumPy with bottleneck: answers one request a line on stdin with seconds a line on stdout.

A request is {"folder", "library", "symbols", "bars"}; the folder holds open, high, low, close, volume as float64 [symbols, bars]. The answer is
the time to compute all 158 features into one float32 array, without reading the files.
"""
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
windows = [5, 10, 20, 30, 60]
loaded = {}


def panel(request):
    if not loaded:
        folder, shape = Path(request["folder"]), (request["symbols"], request["bars"])
        for name in ["open", "high", "low", "close", "volume"]:
            loaded[name] = np.fromfile(folder / f"{name}.f64").reshape(shape)
        loaded["vwap"] = (loaded["high"] + loaded["low"] + loaded["close"]) / 3
    return loaded


def qlib_seconds(request):
    import pandas as pd
    import qlib
    from qlib.config import C
    from qlib.contrib.data.loader import Alpha158DL
    from qlib.data import base
    from qlib.data.cache import H
    from qlib.data.ops import Operators, register_all_ops
    from qlib.utils import parse_field

    data = panel(request)
    frames = [{name: pd.Series(column[k]) for name, column in data.items()} for k in range(request["symbols"])]
    base.Feature._load_internal = lambda self, instrument, start, end, *_: frames[instrument][self._name].iloc[start : end + 1]
    C.set("client")
    C["kernels"] = 1
    register_all_ops(C)
    names = {"Feature": base.Feature, "Operators": Operators}
    fields = [eval(parse_field(field), dict(names)) for field in Alpha158DL.get_feature_config()[0]]
    out = np.empty((request["symbols"], request["bars"], len(fields)), np.float32)
    began = time.perf_counter()
    for k in range(request["symbols"]):
        # Its memory cache lives for one symbol, so that equal subexpressions are computed once.
        for f, field in enumerate(fields):
            out[k, :, f] = field.load(k, 0, request["bars"] - 1, "day").to_numpy()
        H["f"].clear()
    return time.perf_counter() - began


def numpy_seconds(request):
    import bottleneck as bn

    data = panel(request)
    began = time.perf_counter()
    o, h, l, c, v, vwap = (data[name] for name in ["open", "high", "low", "close", "volume", "vwap"])
    out = np.empty((*c.shape, 158), np.float32)
    k = iter(range(158))

    def put(values):
        out[:, :, next(k)] = values

    def ref(x, n):
        shifted = np.full_like(x, np.nan)
        shifted[:, n:] = x[:, :-n]
        return shifted

    def mean(x, w):
        return bn.move_mean(x, w, min_count=1)

    def total(x, w):
        return bn.move_sum(x, w, min_count=1)

    def std(x, w):
        return bn.move_std(x, w, min_count=2, ddof=1)

    def corr(x, y, w):
        missing = np.isnan(x) | np.isnan(y)
        x, y = np.where(missing, np.nan, x), np.where(missing, np.nan, y)
        mx, my = mean(x, w), mean(y, w)
        return (mean(x * y, w) - mx * my) / np.sqrt((mean(x * x, w) - mx * mx) * (mean(y * y, w) - my * my))

    def quantiles(x, w, levels):
        padded = np.concatenate([np.full((x.shape[0], w - 1), np.nan), x], 1)
        ordered = np.sort(np.lib.stride_tricks.sliding_window_view(padded, w, 1), -1)
        count = np.minimum(np.arange(x.shape[1]) + 1, w)
        for level in levels:
            place = level * (count - 1)
            low = np.floor(place).astype(int)
            high = np.minimum(low + 1, count - 1)
            rows = np.arange(x.shape[1])
            a, b = ordered[:, rows, low], ordered[:, rows, high]
            yield a + (place - low) * (b - a)

    spread = h - l + 1e-12
    body, upper, lower = c - o, np.maximum(o, c), np.minimum(o, c)
    for values in [body / o, (h - l) / o, body / spread, (h - upper) / o, (h - upper) / spread, (lower - l) / o,
                   (lower - l) / spread, (2 * c - h - l) / o, (2 * c - h - l) / spread, o / c, h / c, l / c, vwap / c]:
        put(values)
    last, last_v = ref(c, 1), ref(v, 1)
    change, change_v = c - last, v - last_v
    log_v, ratio, log_ratio = np.log(v + 1), c / last, np.log(v / last_v + 1)
    rise, fall = (c > last).astype(float), (c < last).astype(float)
    up, down, moved = np.maximum(change, 0), np.maximum(-change, 0), np.abs(change)
    up_v, down_v, moved_v = np.maximum(change_v, 0), np.maximum(-change_v, 0), np.abs(change_v)
    weighted = np.abs(ratio - 1) * v
    line = {}
    index = np.arange(c.shape[1], dtype=float)
    for w in windows:
        n = np.minimum(index + 1, w)
        sx, sxx = n * index - n * (n - 1) / 2, None
        centre = c - c[:, :1]
        sy, sxy, syy = total(centre, w), total(centre * index, w), total(centre * centre, w)
        mx = sx / n
        spread_x = n * (n * n - 1) / 12
        cross = sxy - mx * sy
        slope = cross / spread_x
        line[w] = slope, cross * cross / (spread_x * (syy - sy * sy / n)), centre - sy / n - slope * (index - mx)
    high_max = {w: bn.move_max(h, w, min_count=1) for w in windows}
    low_min = {w: bn.move_min(l, w, min_count=1) for w in windows}
    at_max = {w: np.minimum(index + 1, w) - bn.move_argmax(h, w, min_count=1) for w in windows}
    at_min = {w: np.minimum(index + 1, w) - bn.move_argmin(l, w, min_count=1) for w in windows}
    cut = {w: list(quantiles(c, w, [0.8, 0.2])) for w in windows}
    families = [
        lambda w: ref(c, w) / c, lambda w: mean(c, w) / c, lambda w: std(c, w) / c, lambda w: line[w][0] / c, lambda w: line[w][1],
        lambda w: line[w][2] / c, lambda w: high_max[w] / c, lambda w: low_min[w] / c, lambda w: cut[w][0] / c, lambda w: cut[w][1] / c,
        lambda w: ((bn.move_rank(c, w, min_count=1) + 1) / 2 * (np.minimum(index + 1, w) - 1) + 1) / np.minimum(index + 1, w),
        lambda w: (c - low_min[w]) / (high_max[w] - low_min[w] + 1e-12), lambda w: at_max[w] / w, lambda w: at_min[w] / w,
        lambda w: (at_max[w] - at_min[w]) / w, lambda w: corr(c, log_v, w), lambda w: corr(ratio, log_ratio, w),
        lambda w: mean(rise, w), lambda w: mean(fall, w), lambda w: mean(rise, w) - mean(fall, w),
        lambda w: total(up, w) / (total(moved, w) + 1e-12), lambda w: total(down, w) / (total(moved, w) + 1e-12),
        lambda w: (total(up, w) - total(down, w)) / (total(moved, w) + 1e-12),
        lambda w: mean(v, w) / (v + 1e-12), lambda w: std(v, w) / (v + 1e-12),
        lambda w: std(weighted, w) / (mean(weighted, w) + 1e-12),
        lambda w: total(up_v, w) / (total(moved_v, w) + 1e-12), lambda w: total(down_v, w) / (total(moved_v, w) + 1e-12),
        lambda w: (total(up_v, w) - total(down_v, w)) / (total(moved_v, w) + 1e-12),
    ]
    for family in families:
        for w in windows:
            put(family(w))
    assert next(k, None) is None
    return time.perf_counter() - began


for line_in in sys.stdin:
    request = json.loads(line_in)
    print(qlib_seconds(request) if request["library"] == "qlib" else numpy_seconds(request), flush=True)
