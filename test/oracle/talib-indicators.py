"""Known answers for the technical indicators, from TA-Lib's C library through its Python package.

    pip install TA-Lib==0.8.2
    python3 test/oracle/talib-indicators.py            # writes test/golden/talib.json.gz and test/golden/talib-candles.json.gz

Four series: SPX and AAPL, daily bars shipped by vega-datasets and @observablehq/sample-datasets; `hostile` (constant stretches,
gaps of 10^4 both ways, zero volume, bars without a range) and `shapes` (small whole prices, full of candlesticks and ties), both
made by the fixed formula below, which test/unit/features/technical/series.ts repeats.

TA-Lib keeps running sums over windows, which carry the rounding of what has left: after a gap of 10^4 its last digits are noise.
On the made series every indicator over a window is therefore asked anew for each row, on the rows of its window alone.

Where the definition has no answer (a range or a volume of 0) TA-Lib gives 0; ours give NaN. Those rows are found here from the
prices alone and written as null, so that the comparison is exact in which rows have a value.
"""
import csv
import gzip
import json
import math

import numpy as np
import talib
from talib.abstract import Function


def read(path, names):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[name]) for row in rows]) for key, name in names.items()}


class Draws:
    """Numerical Recipes' linear congruence: the high bits of s <- 1664525 s + 1013904223 mod 2^32."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32


def hostile():
    draws, close, bars = Draws(1), 50.0, []
    for i in range(640):
        part = i // 80
        scale = 1e4 if part == 2 or (part == 6 and i % 2 == 1) else 1.0
        u, v, w, z = (draws.uniform() for _ in range(4))
        if part == 1:
            bars.append((50.0, 50.0, 50.0, 50.0, 100.0))
            close = 50.0
            continue
        step = v if part == 4 and i % 80 < 40 else -v if part == 4 else 2 * v - 1
        start, close = close, close * (1 + 0.03 * step)
        start *= 1 + 0.01 * (u - 0.5)
        high, low = max(start, close) * (1 + 0.01 * w), min(start, close) * (1 - 0.01 * z)
        if part == 5:
            start = high = low = close
        volume = 0.0 if part == 3 and i % 80 < 50 else math.floor(1 + 1000 * w) * scale
        bars.append((start * scale, high * scale, low * scale, close * scale, volume))
    return bars


def shapes():
    draws, close, bars = Draws(2), 500.0, []
    sizes = [0, 0, 0, 1, 1, 2, 2, 3, 4, 6, 9, 12]
    shadows = [0, 0, 0, 0, 1, 1, 2, 3, 5, 9]
    gaps = [0, 0, 0, 1, -1, 1, -1, 2, -2, 4, -4]
    pick = lambda values: values[math.floor(draws.uniform() * len(values))]
    for i in range(3000):
        gap, color, size, above, below = pick(gaps), 1 if draws.uniform() < 0.5 else -1, pick(sizes), pick(shadows), pick(shadows)
        # Every tenth row begins three that look like crows, every tenth three like soldiers, if they are long enough.
        if i % 10 in (3, 4, 5):
            gap, color, below = 1, -1, 0
        if i % 10 in (7, 8, 9):
            gap, color, above = -1, 1, 0
        start = close + gap
        close = start + color * size
        high, low = max(start, close) + above, min(start, close) - below
        bars.append((start, high, low, close, 1.0))
        # Back towards where it began, so that prices stay above 0.
        close = math.floor(close - 0.02 * (close - 500) + 0.5)
    return bars


def columns(bars):
    table = np.array(bars, dtype=float)
    return dict(zip(("open", "high", "low", "close", "volume"), np.ascontiguousarray(table.T)))


names = dict(open="open", high="high", low="low", close="close", volume="volume")
titled = {key: name.capitalize() for key, name in names.items()}
series = {
    "spx": read("node_modules/vega-datasets/data/sp500-2000.csv", names),
    "aapl": read("node_modules/@observablehq/sample-datasets/aapl.csv", titled),
    "hostile": columns(hostile()),
    "shapes": columns(shapes()),
}
real = ("spx", "aapl")


def over(values, rows, reduce):
    """`reduce` of the last `rows` values at each row, NaN before there are as many."""
    out = np.full(len(values), np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, rows)
    out[rows - 1 :] = reduce(windows, axis=1)
    return out


def true_range(s):
    out = talib.TRANGE(s["high"], s["low"], s["close"])
    out[0] = np.nan
    return out


def flat(s, rows):
    """Rows over which the highest high is the lowest low."""
    return over(s["high"], rows, np.max) - over(s["low"], rows, np.min) == 0


def seen_within(mask, rows):
    return over(mask.astype(float), min(rows, len(mask)), np.max) > 0


def typical(s):
    return (s["high"] + s["low"] + s["close"]) / 3


def no_flow(s, rows):
    price = typical(s)
    flow = np.where(np.diff(price, prepend=price[0]) != 0, price * s["volume"], 0)
    return over(flow, rows, np.sum) == 0


def still_strength(s, rows, strength_rows):
    strength = talib.RSI(s["close"], strength_rows)
    return over(strength, rows, np.max) - over(strength, rows, np.min) < 1e-9


def no_true_range(s, rows):
    return over(np.nan_to_num(true_range(s)), rows, np.sum) == 0


C, HL, HLC, OHLC, HLCV = ["close"], ["high", "low"], ["high", "low", "close"], ["open", "high", "low", "close"], ["high", "low", "close", "volume"]

# operator, inputs, outputs, TA-Lib call on those inputs, parameter settings, kind (window | recursive), rows of a window, rows without an answer
CASES = [
    ("Mean", C, [""], lambda p, x: talib.SMA(x, p[0]), [[20], [7]], lambda p: p[0], None),
    ("EMA", C, [""], lambda p, x: talib.EMA(x, p[0]), [[20], [5]], None, None),
    ("WMA", C, [""], lambda p, x: talib.WMA(x, p[0]), [[20], [7]], lambda p: p[0], None),
    ("DEMA", C, [""], lambda p, x: talib.DEMA(x, p[0]), [[20], [5]], None, None),
    ("TEMA", C, [""], lambda p, x: talib.TEMA(x, p[0]), [[20], [5]], None, None),
    ("TRIMA", C, [""], lambda p, x: talib.TRIMA(x, p[0]), [[20], [9]], lambda p: p[0], None),
    ("KAMA", C, [""], lambda p, x: talib.KAMA(x, p[0]), [[20], [10]], None, None),
    ("T3", C, [""], lambda p, x: talib.T3(x, p[0], p[1]), [[5, 0.7], [9, 0.4]], None, None),
    ("HMA", C, [""], lambda p, x: talib.HMA(x, p[0]), [[20], [9]], lambda p: p[0] + math.isqrt(p[0]) - 1, None),
    ("RSI", C, [""], lambda p, x: talib.RSI(x, p[0]), [[14], [5]], None, None),
    ("CMO", C, [""], lambda p, x: talib.CMO(x, p[0]), [[14], [5]], None, None),
    ("Stoch", HLC, ["k", "d"], lambda p, h, l, c: talib.STOCH(h, l, c, p[0], p[1], 0, p[2], 0), [[14, 3, 3], [5, 2, 4]],
     lambda p: p[0] + p[1] + p[2] - 2, lambda s, p: seen_within(flat(s, p[0]), p[1] + p[2] - 1)),
    ("StochF", HLC, ["k", "d"], lambda p, h, l, c: talib.STOCHF(h, l, c, p[0], p[1], 0), [[14, 3], [5, 4]],
     lambda p: p[0] + p[1] - 1, lambda s, p: seen_within(flat(s, p[0]), p[1])),
    ("StochRSI", C, ["k", "d"], lambda p, x: talib.STOCHRSI(x, p[0], p[1], p[2], 0), [[14, 14, 3], [14, 5, 3]],
     None, lambda s, p: seen_within(still_strength(s, p[1], p[0]), p[2])),
    ("MACD", C, ["macd", "signal", "histogram"], lambda p, x: talib.MACD(x, *p), [[12, 26, 9], [5, 35, 5]], None, None),
    ("PPO", C, [""], lambda p, x: talib.PPO(x, p[0], p[1], 1), [[12, 26], [3, 10]], None, None),
    ("APO", C, [""], lambda p, x: talib.APO(x, p[0], p[1], 1), [[12, 26], [3, 10]], None, None),
    ("BBands", C, ["upper", "middle", "lower"], lambda p, x: talib.BBANDS(x, p[0], p[1], p[1], 0), [[20, 2], [5, 1.5]], lambda p: p[0], None),
    ("Keltner", HLC, ["upper", "middle", "lower"], lambda p, h, l, c: talib.KC(h, l, c, *p), [[20, 10, 2], [5, 14, 1.5]], None, None),
    ("Donchian", HL, ["upper", "middle", "lower"], lambda p, h, l: talib.DONCHIAN(h, l, p[0]), [[20], [55]], lambda p: p[0], None),
    ("MidPoint", C, [""], lambda p, x: talib.MIDPOINT(x, p[0]), [[14], [5]], lambda p: p[0], None),
    ("MidPrice", HL, [""], lambda p, h, l: talib.MIDPRICE(h, l, p[0]), [[14], [5]], lambda p: p[0], None),
    ("TrueRange", HLC, [""], lambda p, h, l, c: talib.TRANGE(h, l, c), [[]], lambda p: 2, None),
    ("ATR", HLC, [""], lambda p, h, l, c: talib.ATR(h, l, c, p[0]), [[14], [5]], None, None),
    ("NATR", HLC, [""], lambda p, h, l, c: talib.NATR(h, l, c, p[0]), [[14], [5]], None, None),
    ("PlusDM", HL, [""], lambda p, h, l: talib.PLUS_DM(h, l, p[0]), [[14], [5]], None, None),
    ("MinusDM", HL, [""], lambda p, h, l: talib.MINUS_DM(h, l, p[0]), [[14], [5]], None, None),
    ("PlusDI", HLC, [""], lambda p, h, l, c: talib.PLUS_DI(h, l, c, p[0]), [[14], [5]], None, None),
    ("MinusDI", HLC, [""], lambda p, h, l, c: talib.MINUS_DI(h, l, c, p[0]), [[14], [5]], None, None),
    ("DX", HLC, [""], lambda p, h, l, c: talib.DX(h, l, c, p[0]), [[14], [5]], None, None),
    ("ADX", HLC, [""], lambda p, h, l, c: talib.ADX(h, l, c, p[0]), [[14], [5]], None, None),
    ("ADXR", HLC, [""], lambda p, h, l, c: talib.ADXR(h, l, c, p[0]), [[14], [5]], None, None),
    ("Aroon", HL, ["down", "up"], lambda p, h, l: talib.AROON(h, l, p[0]), [[14], [25]], lambda p: p[0] + 1, None),
    ("AroonOsc", HL, [""], lambda p, h, l: talib.AROONOSC(h, l, p[0]), [[14], [25]], lambda p: p[0] + 1, None),
    ("SAR", HL, [""], lambda p, h, l: talib.SAR(h, l, *p), [[0.02, 0.2], [0.05, 0.1]], None, None),
    ("Supertrend", HLC, ["value", "direction"], lambda p, h, l, c: talib.SUPERTREND(h, l, c, *p), [[10, 3], [7, 1.5]], None, None),
    ("CCI", HLC, [""], lambda p, h, l, c: talib.CCI(h, l, c, p[0]), [[20], [14]], lambda p: p[0],
     lambda s, p: over(typical(s), p[0], np.max) == over(typical(s), p[0], np.min)),
    ("WillR", HLC, [""], lambda p, h, l, c: talib.WILLR(h, l, c, p[0]), [[14], [5]], lambda p: p[0], lambda s, p: flat(s, p[0])),
    ("UltOsc", HLC, [""], lambda p, h, l, c: talib.ULTOSC(h, l, c, *p), [[7, 14, 28], [3, 6, 12]], lambda p: p[2] + 1,
     lambda s, p: no_true_range(s, p[0])),
    ("BOP", OHLC, [""], lambda p, o, h, l, c: talib.BOP(o, h, l, c), [[]], lambda p: 1, lambda s, p: s["high"] == s["low"]),
    ("ROC", C, [""], lambda p, x: talib.ROC(x, p[0]), [[10], [1]], lambda p: p[0] + 1, None),
    ("ROCP", C, [""], lambda p, x: talib.ROCP(x, p[0]), [[10], [1]], lambda p: p[0] + 1, None),
    ("ROCR", C, [""], lambda p, x: talib.ROCR(x, p[0]), [[10], [1]], lambda p: p[0] + 1, None),
    ("ROCR100", C, [""], lambda p, x: talib.ROCR100(x, p[0]), [[10], [1]], lambda p: p[0] + 1, None),
    ("Delta", C, [""], lambda p, x: talib.MOM(x, p[0]), [[10], [1]], lambda p: p[0] + 1, None),
    ("TRIX", C, [""], lambda p, x: talib.TRIX(x, p[0]), [[15], [5]], None, None),
    ("MFI", HLCV, [""], lambda p, h, l, c, v: talib.MFI(h, l, c, v, p[0]), [[14], [5]], lambda p: p[0] + 1, lambda s, p: no_flow(s, p[0])),
    ("OBV", ["close", "volume"], [""], lambda p, c, v: talib.OBV(c, v), [[]], None, None),
    ("AD", HLCV, [""], lambda p, h, l, c, v: talib.AD(h, l, c, v), [[]], None, None),
    ("ADOSC", HLCV, [""], lambda p, h, l, c, v: talib.ADOSC(h, l, c, v, *p), [[3, 10], [5, 20]], None, None),
    ("VWAP", HLCV, [""], lambda p, h, l, c, v: talib.VWMA((h + l + c) / 3, v, p[0]), [[20], [5]], lambda p: p[0],
     lambda s, p: over(s["volume"], p[0], np.sum) == 0),
]

# What TA-Lib's own rounding leaves uncertain on the hostile series, absolute: KAMA keeps a running sum of price changes that were
# 10^4 times as large, ADOSC takes means of a line of 10^7 whose changes are 10^2, STOCHRSI divides by ranges of the RSI of 10^-6.
SLACK = {"KAMA": 1e-3, "ADOSC": 1e-7, "StochRSI": 1e-5}

CANDLES = {
    "CdlDoji": talib.CDLDOJI, "CdlDragonflyDoji": talib.CDLDRAGONFLYDOJI, "CdlGravestoneDoji": talib.CDLGRAVESTONEDOJI,
    "CdlMarubozu": talib.CDLMARUBOZU, "CdlSpinningTop": talib.CDLSPINNINGTOP, "CdlBeltHold": talib.CDLBELTHOLD,
    "CdlHammer": talib.CDLHAMMER, "CdlHangingMan": talib.CDLHANGINGMAN, "CdlInvertedHammer": talib.CDLINVERTEDHAMMER,
    "CdlShootingStar": talib.CDLSHOOTINGSTAR, "CdlEngulfing": talib.CDLENGULFING, "CdlHarami": talib.CDLHARAMI,
    "CdlPiercing": talib.CDLPIERCING, "CdlDarkCloudCover": talib.CDLDARKCLOUDCOVER, "CdlMorningStar": talib.CDLMORNINGSTAR,
    "CdlEveningStar": talib.CDLEVENINGSTAR, "Cdl3WhiteSoldiers": talib.CDL3WHITESOLDIERS,
    "Cdl3BlackCrows": talib.CDL3BLACKCROWS, "Cdl3Inside": talib.CDL3INSIDE, "Cdl3Outside": talib.CDL3OUTSIDE,
}


def ask(call, params, data):
    result = call(params, *data)
    return list(result) if isinstance(result, (tuple, list)) else [result]


def ask_each_row(call, params, data, rows):
    count = len(data[0])
    outs = None
    for i in range(rows - 1, count):
        found = ask(call, params, [np.ascontiguousarray(column[i + 1 - rows : i + 1]) for column in data])
        outs = outs or [np.full(count, np.nan) for _ in found]
        for out, values in zip(outs, found):
            out[i] = values[-1]
    return outs


def kept_rows(name, count):
    if name == "hostile":
        return list(range(count))
    return sorted({*range(0, 120), *range(120, count, 37), *range(count - 60, count)})


def shown(value):
    return None if math.isnan(value) else float(f"{value:.12g}")


def write(path, content):
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    with open(path, "wb") as file:
        with gzip.GzipFile("", "wb", 9, file, 0) as packed:
            packed.write(text.encode())


def main():
    version = f"TA-Lib {talib.__ta_version__.decode().split()[0]} (Python {talib.__version__})"
    cases = []
    for operator, inputs, outputs, call, settings, rows_of, undefined in CASES:
        for params in settings:
            for name in ("spx", "aapl", "hostile"):
                s = series[name]
                data = [s[key] for key in inputs]
                if rows_of is None or name in real:
                    outs = ask(call, params, data)
                else:
                    outs = ask_each_row(call, params, data, rows_of(params))
                # The wrappers leave 0 where the C library writes nothing before its first value.
                outs = [np.asarray(out, dtype=float) for out in outs]
                if operator == "Supertrend":
                    outs[1][np.isnan(outs[0])] = np.nan
                if undefined is not None:
                    mask = undefined(s, params)
                    for out in outs:
                        out[mask] = np.nan
                rows = kept_rows(name, len(data[0]))
                values = [[shown(out[i]) for i in rows] for out in outs]
                slack = SLACK.get(operator, 0.0) if name == "hostile" else 0.0
                cases.append(dict(operator=operator, params=params, series=name, slack=slack, inputs=inputs, outputs=outputs, values=values))
    rows = {name: kept_rows(name, len(series[name]["close"])) for name in ("spx", "aapl", "hostile")}
    write("test/golden/talib.json.gz", dict(tool=version, rows=rows, cases=cases))

    candles = []
    for operator, call in CANDLES.items():
        for name, s in series.items():
            data = [s[key] for key in OHLC]
            reach = Function(operator.upper()).lookback
            rows = reach + 1
            if name in real:
                (out,) = ask(lambda _, *columns: call(*columns), None, data)
            else:
                (out,) = ask_each_row(lambda _, *columns: call(*columns), None, data, rows)
            found = {str(i): int(out[i]) for i in range(reach, len(out)) if out[i] != 0}
            candles.append(dict(operator=operator, series=name, first=reach, found=found))
    write("test/golden/talib-candles.json.gz", dict(tool=version, cases=candles))


main()
