"""Every kind of label on three symbols, row by row in pandas, NumPy and SciPy.

    python3 test/oracle/labels.py > test/golden/labels.json

Written for reading, not for speed: a label is a search among the rows of a DataFrame whose index is the bar's close. The three symbols are a random walk with
gaps between close and open; B misses bars here and there, C ends early, as a delisted symbol does.
"""

import json

import numpy as np
import pandas as pd
import scipy
from scipy.stats import linregress, rankdata

DAY, HALF = 86_400_000, 43_200_000


def walk(seed, keep):
    draw = np.random.default_rng(seed)
    rows, price = [], 50.0
    for day in range(90):
        start = round(price * np.exp(0.01 * draw.standard_normal()), 3)
        end = round(start * np.exp(0.02 * draw.standard_normal()), 3)
        high = round(max(start, end) * (1 + 0.012 * draw.random()), 3)
        low = round(min(start, end) * (1 - 0.012 * draw.random()), 3)
        rows.append((1_600_000_000_000 + day * DAY, start, high, low, end))
        price = end
    table = pd.DataFrame(rows, columns=["openTime", "open", "high", "low", "close"])
    table.index = table.openTime + HALF
    return table[[keep(day) for day in range(90)]]


PANEL = {
    "A": walk(1, lambda day: True),
    "B": walk(2, lambda day: day % 17 != 5 and day not in (30, 31, 32)),
    "C": walk(3, lambda day: day < 61),
}


def forward(bars, horizon, price):
    """(return, end) of each row, None where a bar is missing."""
    shift = 1 if price == "open" else 0
    for t in range(len(bars)):
        first, last = t + shift, t + shift + horizon
        if last >= len(bars):
            yield None
            continue
        end = bars.openTime.iloc[last] if price == "open" else bars.index[last]
        yield bars[price].iloc[last] / bars[price].iloc[first] - 1, end


def sigma(bars, span):
    return bars.close.pct_change().ewm(span=span, min_periods=span).std()


def mapped(use):
    return lambda bars, horizon, price, *more: (
        None if one is None else (use(one[0], *more), one[1]) for one in forward(bars, horizon, price)
    )


def scaled(bars, horizon, price, span):
    for one, unit in zip(forward(bars, horizon, price), sigma(bars, span)):
        yield None if one is None or np.isnan(unit) else (one[0] / (unit * horizon**0.5), one[1])


def volatility(bars, horizon):
    steps = np.log(bars.close).diff()
    for t in range(len(bars)):
        ahead = steps.iloc[t + 1 : t + 1 + horizon]
        yield None if len(ahead) < horizon else (np.sqrt((ahead**2).mean()), bars.index[t + horizon])


def trend(bars, shortest, longest):
    for t in range(len(bars)):
        if t + longest >= len(bars):
            yield None
            continue
        lines = [linregress(range(n + 1), bars.close.iloc[t : t + n + 1]) for n in range(shortest, longest + 1)]
        values = [line.slope / line.stderr for line in lines]
        yield max(values, key=abs), bars.index[t + longest]


def bet(bars, t, horizon, up, down, unit, side):
    """(touch, return, end) of a bet entered at the open of bar t+1."""
    if not side or np.isnan(side) or np.isnan(unit) or t + 1 >= len(bars):
        return None
    entry = bars.open.iloc[t + 1]
    profit = entry * (1 + side * up * unit) if up else side * np.inf
    stop = entry * (1 - side * down * unit) if down else -side * np.inf
    for k in range(t + 1, t + horizon + 1):
        if k >= len(bars):
            return None
        bar, end = bars.iloc[k], bars.index[k]
        worst, best = (bar.low, bar.high) if side > 0 else (bar.high, bar.low)
        tries = ((stop, -1, bar.open, True), (profit, 1, bar.open, True), (stop, -1, worst, False), (profit, 1, best, False))
        for level, touch, price, at_open in tries:
            if side * touch * (price - level) >= 0:
                exit_ = bar.open if at_open else level
                return touch, side * (exit_ / entry - 1), end
    return 0, side * (bars.close.iloc[t + horizon] / entry - 1), bars.index[t + horizon]


def barrier(pick):
    def of(bars, horizon, up, down, span):
        for t, unit in enumerate(sigma(bars, span)):
            found = bet(bars, t, horizon, up, down, unit, 1)
            yield None if found is None else (found[pick], found[2])

    return of


def meta(bars, sign, lookback, horizon, up, down, span):
    side = sign * np.sign(bars.close / bars.close.shift(lookback) - 1)
    for t, unit in enumerate(sigma(bars, span)):
        found = bet(bars, t, horizon, up, down, unit, side.iloc[t])
        yield None if found is None else (int(found[1] > 0), found[2])


def trailing(bars, horizon, multiple, span):
    for t, unit in enumerate(sigma(bars, span)):
        ahead = bars.iloc[t + 1 : t + 1 + horizon]
        if np.isnan(unit) or len(ahead) == 0:
            yield None
            continue
        entry = ahead.open.iloc[0]
        peak = np.maximum.accumulate([entry, *ahead.high])[:-1]
        stop = peak * (1 - multiple * unit)
        met = np.flatnonzero(ahead.low <= stop)
        if len(met):
            k = met[0]
            yield min(stop[k], ahead.open.iloc[k]) / entry - 1, ahead.index[k]
        elif len(ahead) == horizon:
            yield ahead.close.iloc[-1] / entry - 1, ahead.index[-1]
        else:
            yield None


def across(score):
    def of(horizon, price):
        times = {name: bars.openTime if price == "open" else bars.index.to_series() for name, bars in PANEL.items()}
        out = {}
        for name, bars in PANEL.items():
            out[name] = []
            for t, one in enumerate(forward(bars, horizon, price)):
                found = {}
                for other, rows in PANEL.items():
                    if one is None or bars.index[t] not in rows.index:
                        continue
                    at = rows.index.get_loc(bars.index[t]) + (1 if price == "open" else 0)
                    span = rows[price].iloc[at:][times[other].iloc[at:] <= one[1]]
                    if len(span):
                        found[other] = span.iloc[-1] / span.iloc[0] - 1
                enough = len(found) > 1
                out[name].append((score(found, name), one[1]) if enough else None)
        return out

    return of


def centred_rank(found, name):
    ranks = dict(zip(found, rankdata(list(found.values()))))
    return (ranks[name] - 0.5) / len(found) - 0.5


def alone(make, *args):
    return {name: list(make(bars, *args)) for name, bars in PANEL.items()}


same = mapped(lambda value: value)
LABELS = {
    "return:3": alone(same, 3, "close"),
    "return:2@open": alone(same, 2, "open"),
    "log-return:4@open": alone(mapped(np.log1p), 4, "open"),
    "direction:2": alone(mapped(np.sign), 2, "close"),
    "direction:2@open:0.015": alone(mapped(lambda v, band: np.sign(v) * (abs(v) > band)), 2, "open", 0.015),
    "scaled:5@open:10": alone(scaled, 5, "open", 10),
    "scaled:1:15": alone(scaled, 1, "close", 15),
    "excess:3": across(lambda found, name: found[name] - np.mean(list(found.values())))(3, "close"),
    "excess:4@open": across(lambda found, name: found[name] - np.mean(list(found.values())))(4, "open"),
    "rank:3": across(centred_rank)(3, "close"),
    "rank:4@open": across(centred_rank)(4, "open"),
    "volatility:7": alone(volatility, 7),
    "volatility:1": alone(volatility, 1),
    "trend:3-9": alone(trend, 3, 9),
    "trend:2-2": alone(trend, 2, 2),
    "barrier:8:1:1.5:10": alone(barrier(0), 8, 1, 1.5, 10),
    "barrier:8:0:1:10": alone(barrier(0), 8, 0, 1, 10),
    "barrier:5:0.7:0.7": alone(barrier(0), 5, 0.7, 0.7, 20),
    "barrier-return:8:1:1.5:10": alone(barrier(1), 8, 1, 1.5, 10),
    "barrier-return:5:2:0": alone(barrier(1), 5, 2, 0, 20),
    "trailing:9:1.5:10": alone(trailing, 9, 1.5, 10),
    "trailing:4:2": alone(trailing, 4, 2, 20),
    "meta:momentum:5:6:1:1:10": alone(meta, 1, 5, 6, 1, 1, 10),
    "meta:reversal:3:4:2:0.5:8": alone(meta, -1, 3, 4, 2, 0.5, 8),
}


def column(found, k):
    return [None if one is None else float(one[k]) for one in found]


print(
    json.dumps(
        {
            "versions": {"numpy": np.__version__, "pandas": pd.__version__, "scipy": scipy.__version__},
            "bars": {
                name: {"closeTime": bars.index.tolist(), **{key: bars[key].tolist() for key in bars}}
                for name, bars in PANEL.items()
            },
            "labels": {
                text: {name: {"y": column(found, 0), "labelEnd": column(found, 1)} for name, found in panel.items()}
                for text, panel in LABELS.items()
            },
        }
    )
)
