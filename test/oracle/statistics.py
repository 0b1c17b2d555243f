"""Known answers for the statistics, volatility, liquidity, book, cross-section, regime and event operators.

    python3 test/oracle/statistics.py            # writes test/golden/statistics.json.gz

Every window is computed by itself from its own values with SciPy, NumPy or pandas, or by the formula of the paper in a plain loop;
nothing is updated from row to row except the recursions that are defined so. The file holds the input columns too. Columns are
made by a fixed formula: prices with a constant stretch, gaps, rows without volume; `holes` is `x` with missing values.
"""
import gzip
import json
import math

import numpy as np
import pandas as pd
import scipy
from scipy import special, stats

ROWS = 320


class Draws:
    """Numerical Recipes' linear congruence: the high bits of s <- 1664525 s + 1013904223 mod 2^32."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32

    def normal(self):
        return sum(self.uniform() for _ in range(12)) - 6


def make_columns():
    d, rows, close = Draws(7), [], 80.0
    for i in range(ROWS):
        still = 150 <= i < 175
        start = close if still else close * (1 + 0.006 * d.normal())
        drift = 0.01 if 60 <= i < 85 else -0.012 if 200 <= i < 225 else 0.0
        wild = 4 if 260 <= i < 275 else 1
        close = start if still else start * math.exp(drift + 0.012 * wild * d.normal())
        if 280 <= i and not still:
            close = start * (1.02 if i % 2 else 1 / 1.02)
        high = max(start, close) * (1 if still else 1 + 0.01 * d.uniform())
        low = min(start, close) * (1 if still else 1 - 0.01 * d.uniform())
        volume = 0.0 if i % 37 == 5 or 230 <= i < 236 else math.floor(1000 * math.exp(d.normal()))
        half = 0.01 * (1 + math.floor(3 * d.uniform()))
        mid = round(close, 2)
        rows.append(dict(
            open=start, high=high, low=low, close=close, volume=volume,
            x=d.normal(), y=d.normal(), noise=math.exp(d.normal()),
            condition=1.0 if d.uniform() < 0.2 else 0.0,
            bid=mid - half, ask=mid + half,
            bidSize=math.floor(50 * d.uniform()), askSize=math.floor(50 * d.uniform()),
            value=d.normal(), age=40 * d.uniform() - 2))
    c = {k: np.array([r[k] for r in rows], float) for k in rows[0]}
    c["y"] += 0.7 * c["x"]
    c["flat"] = np.where(np.arange(ROWS) % 90 < 45, np.round(2 * c["x"]), 0.1)
    c["walk"] = np.log(c["close"])
    c["holes"] = np.where(np.arange(ROWS) % 23 == 7, np.nan, c["x"])
    c["gappy"] = np.where(np.arange(ROWS) % 61 == 40, np.nan, c["close"])
    return c


C = make_columns()
CASES = []


def clean(a):
    return [float(v) if math.isfinite(v) else None for v in np.asarray(a, float)]


def case(operator, params, inputs, outs, partial=False):
    outs = [outs] if np.ndim(outs[0]) == 0 else outs
    CASES.append(dict(operator=operator, params=params, inputs=inputs, partial=partial, outputs=[clean(o) for o in outs]))


def rolling(columns, rows, f, least=None):
    """f over the rows of each window that have every value; `least` of them, all of them without it."""
    a, out = np.column_stack(columns), np.full(ROWS, np.nan)
    for i in range(ROWS):
        part = a[max(0, i + 1 - rows): i + 1]
        part = part[~np.isnan(part).any(axis=1)]
        if len(part) >= (rows if least is None else least):
            out[i] = f(*part.T)
    return out


def same(w):
    return np.ptp(w) == 0


def guarded(f):
    return lambda *w: np.nan if same(w[0]) else f(*w)


def statistics():
    moments = {
        "Skew": (3, guarded(lambda w: stats.skew(w, bias=False))),
        "Kurt": (4, guarded(lambda w: stats.kurtosis(w, bias=False))),
        "Mad": (1, lambda w: np.abs(w - w.mean()).mean()),
        "MedAD": (1, lambda w: stats.median_abs_deviation(w)),
    }
    for name, (least, f) in moments.items():
        for column in ["x", "close", "flat"]:
            case(name, [21], [column], rolling([C[column]], 21, f))
        case(name, [6], ["close"], rolling([C["close"]], 6, f))
        case(name, [9], ["holes"], rolling([C["holes"]], 9, f, least), partial=True)
    z = guarded(lambda w: (w[-1] - w.mean()) / w.std(ddof=1))
    case("ZScore", [15], ["close"], rolling([C["close"]], 15, z))
    case("ZScore", [15], ["flat"], rolling([C["flat"]], 15, z))
    winsor = lambda level: lambda w: np.clip(w[-1], *np.quantile(w, [level, 1 - level]))
    case("Winsor", [20, 0.05], ["x"], rolling([C["x"]], 20, winsor(0.05)))
    case("Winsor", [11, 0.2], ["flat"], rolling([C["flat"]], 11, winsor(0.2)))
    held = pd.Series(C["holes"]).rolling(30, min_periods=0).count().to_numpy()
    case("Count", [30], ["holes"], np.where(np.arange(ROWS) < 29, np.nan, held))
    case("Count", [30], ["holes"], held, partial=True)
    correlation = lambda a, b: np.nan if same(a) or same(b) else np.corrcoef(a, b)[0, 1]
    for lag, rows, column in [(1, 20, "close"), (3, 25, "x"), (2, 12, "flat")]:
        before = np.concatenate([np.full(lag, np.nan), C[column][:-lag]])
        case("AutoCorr", [lag, rows], [column], rolling([before, C[column]], rows, correlation))
    line = lambda f: lambda y, x: np.nan if same(x) else f(stats.linregress(x, y), y, x)
    for y, x, rows in [("y", "x", 30), ("close", "volume", 12), ("close", "flat", 18)]:
        columns = [C[y], C[x]]
        case("Beta", [rows], [y, x], rolling(columns, rows, line(lambda r, y, x: r.slope)))
        case("Alpha", [rows], [y, x], rolling(columns, rows, line(lambda r, y, x: r.intercept)))
        rest = line(lambda r, y, x: y[-1] - r.intercept - r.slope * x[-1])
        case("RegResi", [rows], [y, x], rolling(columns, rows, rest))
    entropy = lambda bins: guarded(lambda w: stats.entropy(np.histogram(w, bins)[0]) / math.log(bins))
    case("Entropy", [50, 10], ["x"], rolling([C["x"]], 50, entropy(10)))
    case("Entropy", [20, 4], ["close"], rolling([C["close"]], 20, entropy(4)))
    case("Entropy", [16, 5], ["holes"], rolling([C["holes"]], 16, entropy(5), 2), partial=True)


def paths():
    for order, rows in [(0.4, 50), (1.3, 20), (1, 5)]:
        weights = np.array([(-1) ** k * special.binom(order, k) for k in range(rows)])
        case("FracDiff", [order, rows], ["close"], rolling([C["close"]], rows, lambda w: weights @ w[::-1]))

    def hurst(rows, lags):
        def f(w):
            means = [np.mean((w[-rows:] - w[-rows - lag: -lag]) ** 2) for lag in lags]
            return np.nan if min(means) == 0 else np.polyfit(np.log(lags), np.log(means), 1)[0] / 2
        return f

    for column, rows, lags in [("walk", 60, [1, 2, 4, 8, 16]), ("x", 20, [1, 2, 4]), ("walk", 8, [1, 2, 4])]:
        case("Hurst", [rows, lags[-1]], [column], rolling([C[column]], rows + lags[-1], hurst(rows, lags)))

    def variance_ratio(lag):
        def f(path):
            n = len(path) - 1
            step = np.diff(path)
            if np.ptp(step) == 0:
                return np.nan
            mean = (path[-1] - path[0]) / n
            short = np.sum((step - mean) ** 2) / (n - 1)
            m = lag * (n - lag + 1) * (1 - lag / n)
            return np.sum((path[lag:] - path[:-lag] - lag * mean) ** 2) / m / short
        return f

    for lag, rows in [(5, 60), (2, 20), (4, 10)]:
        case("VarianceRatio", [lag, rows], ["walk"], rolling([C["walk"]], rows + 1, variance_ratio(lag)))

    def half_life(w):
        if same(w[:-1]):
            return np.nan
        slope = stats.linregress(w[:-1], np.diff(w)).slope
        return -math.log(2) / slope if slope < -1e-12 else np.nan

    case("HalfLife", [40], ["walk"], rolling([C["walk"]], 41, half_life))
    case("HalfLife", [15], ["x"], rolling([C["x"]], 16, half_life))
    deepest = lambda w: min(w[j] / w[i] - 1 for i in range(len(w)) for j in range(i, len(w)))
    for rows in [30, 7]:
        case("Drawdown", [rows], ["close"], rolling([C["close"]], rows, lambda w: w[-1] / w.max() - 1))
        case("MaxDrawdown", [rows], ["close"], rolling([C["close"]], rows, deepest))
        case("MaxDrawdown", [rows], ["gappy"], rolling([C["gappy"]], rows, deepest))
    case("Product", [12], ["noise"], rolling([C["noise"]], 12, np.prod))

    def streak(w):
        n = 0
        while n < len(w) and np.sign(w[-1 - n]) == np.sign(w[-1]):
            n += 1
        return np.sign(w[-1]) * n

    case("Streak", [5], ["x"], rolling([C["x"]], 5, streak))
    case("Streak", [10], ["flat"], rolling([C["flat"]], 10, streak))
    since = lambda w: next((k for k, v in enumerate(w[::-1]) if v), np.nan)
    case("BarsSince", [8], ["condition"], rolling([C["condition"]], 8, since))
    case("CrossOver", [], ["x", "flat"], rolling([C["x"], C["flat"]], 2, lambda a, b: float(a[1] > b[1] and a[0] <= b[0])))
    case("CrossUnder", [], ["x", "flat"], rolling([C["x"], C["flat"]], 2, lambda a, b: float(a[1] < b[1] and a[0] >= b[0])))


class P2:
    """Jain and Chlamtac (1985), Box 1, with its names: marker heights q, positions n, desired positions n', increments dn'."""

    def __init__(self, p):
        self.p, self.first, self.q, self.seen = p, [], None, 0

    def add(self, x):
        self.seen += 1
        if self.q is None:
            self.first.append(x)
            if len(self.first) == 5:
                self.q, self.n = sorted(self.first), [1, 2, 3, 4, 5]
                p = self.p
                self.want = [1, 1 + 2 * p, 1 + 4 * p, 3 + 2 * p, 5]
                self.dn = [0, p / 2, p, (1 + p) / 2, 1]
            return
        q, n = self.q, self.n
        if x < q[0]:
            q[0], k = x, 0
        elif x < q[1]:
            k = 0
        elif x < q[2]:
            k = 1
        elif x < q[3]:
            k = 2
        elif x <= q[4]:
            k = 3
        else:
            q[4], k = x, 3
        for i in range(k + 1, 5):
            n[i] += 1
        self.want = [a + b for a, b in zip(self.want, self.dn)]
        for i in (1, 2, 3):
            d = self.want[i] - n[i]
            # The tolerance keeps sums of increments, which round, on the side of whole ranks.
            if (d >= 1 - 1e-9 and n[i + 1] - n[i] > 1) or (d <= -1 + 1e-9 and n[i - 1] - n[i] < -1):
                s = 1 if d > 0 else -1
                t = q[i] + s / (n[i + 1] - n[i - 1]) * (
                    (n[i] - n[i - 1] + s) * (q[i + 1] - q[i]) / (n[i + 1] - n[i])
                    + (n[i + 1] - n[i] - s) * (q[i] - q[i - 1]) / (n[i] - n[i - 1]))
                if not q[i - 1] < t < q[i + 1]:
                    t = q[i] + s * (q[i + s] - q[i]) / (n[i + s] - n[i])
                q[i], n[i] = t, n[i] + s

    def value(self):
        return self.q[2] if self.seen > 5 else np.quantile(self.first, self.p)


def recursions():
    for column in ["close", "holes"]:
        s = pd.Series(C[column])
        known = s.notna()
        mean, deviation = s.expanding().mean(), s.expanding(2).std()
        for name, values in [("Sum", s.expanding().sum()), ("Mean", mean), ("Std", deviation), ("Min", s.expanding().min()),
                             ("Max", s.expanding().max()), ("ZScore", (s - mean) / deviation)]:
            case(f"Expanding{name}", [], [column], values.where(known))
        for window in [5, 20]:
            ewm = s.ewm(span=window, adjust=False, ignore_na=True)
            case("EWMVar", [window], [column], ewm.var().where(known))
            case("EWMStd", [window], [column], ewm.std().where(known))
    ewm = pd.Series(C["x"]).ewm(span=15, adjust=False)
    case("EWMCorr", [15], ["x", "y"], ewm.corr(pd.Series(C["y"])))
    for level in [0.1, 0.5, 0.9]:
        for column in ["close", "x"]:
            estimate, values = P2(level), []
            for v in C[column]:
                estimate.add(v)
                values.append(estimate.value())
            case("ExpandingQuantile", [level], [column], values)
    x = C["x"]
    case("ExpDecay", [7], ["x"], [sum(x[j] * 2 ** (-(i - j) / 7) for j in range(i + 1)) for i in range(ROWS)])
    squares = pd.Series(np.log(C["close"])).diff() ** 2
    for decay in [0.94, 0.8]:
        case("EWMAVol", [decay], ["close"], np.sqrt(squares.ewm(alpha=1 - decay, adjust=False).mean()))


def estimators():
    o, h, l, c, v = (C[k] for k in ["open", "high", "low", "close", "volume"])
    lag = lambda a: np.concatenate([[np.nan], a[:-1]])
    r = np.log(c / lag(c))
    hl, co = np.log(h / l), np.log(c / o)
    rs = np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o)
    mean = lambda terms, n: rolling([terms], n, np.mean)
    for n in [20, 5]:
        case("RealizedVol", [n], ["close"], np.sqrt(mean(r**2, n)))
        case("BipowerVariation", [n], ["close"], math.pi / 2 * mean(np.abs(r) * np.abs(lag(r)), n))
        case("Parkinson", [n], ["high", "low"], np.sqrt(mean(hl**2, n) / (4 * math.log(2))))
        case("GarmanKlass", [n], ["open", "high", "low", "close"],
             np.sqrt(mean(hl**2 / 2 - (2 * math.log(2) - 1) * co**2, n)))
        case("RogersSatchell", [n], ["open", "high", "low", "close"], np.sqrt(np.maximum(0, mean(rs, n))))
        k = 0.34 / (1.34 + (n + 1) / (n - 1))
        variance = lambda terms: rolling([terms], n, lambda w: np.var(w, ddof=1))
        whole = variance(np.log(o / lag(c))) + k * variance(co) + (1 - k) * mean(rs, n)
        case("YangZhang", [n], ["open", "high", "low", "close"], np.sqrt(np.maximum(0, whole)))
        ratio = np.abs(c / lag(c) - 1)

        def amihud(a, money):
            return np.mean(a[money > 0] / money[money > 0]) if (money > 0).any() else np.nan

        case("Amihud", [n], ["close", "volume"], rolling([ratio, c * v], n, amihud))

        def roll(a, b):
            covariance = np.cov(a, b)[0, 1]
            return 2 * math.sqrt(-covariance) if covariance < 0 else np.nan

        change = c - lag(c)
        case("RollSpread", [n], ["close"], rolling([lag(change), change], n, roll))
        spread = np.full(ROWS, np.nan)
        for i in range(1, ROWS):
            gap = max(0, l[i] - c[i - 1]) + min(0, h[i] - c[i - 1])
            top, bottom = h[i] - gap, l[i] - gap
            beta = math.log(top / bottom) ** 2 + math.log(h[i - 1] / l[i - 1]) ** 2
            gamma = math.log(max(top, h[i - 1]) / min(bottom, l[i - 1])) ** 2
            root = 3 - 2 * math.sqrt(2)
            alpha = (math.sqrt(2 * beta) - math.sqrt(beta)) / root - math.sqrt(gamma / root)
            spread[i] = max(0, 2 * (math.exp(alpha) - 1) / (1 + math.exp(alpha)))
        case("CorwinSchultz", [n], ["high", "low", "close"], mean(spread, n))
        signed = np.sign(change) * v
        slope = lambda y, x: np.nan if same(x) else stats.linregress(x, y).slope
        case("KyleLambda", [n], ["close", "volume"], rolling([change, signed], n, slope))
    side = pd.Series(np.sign(change)).replace(0, np.nan).ffill()
    case("SignedVolume", [], ["close", "volume"], side * v)


def books_and_events():
    b, bs, a, asz = (C[k] for k in ["bid", "bidSize", "ask", "askSize"])
    both = np.where(bs + asz > 0, bs + asz, np.nan)
    case("BookImbalance", [], ["bidSize", "askSize"], (bs - asz) / both)
    case("MicroPrice", [], ["bid", "bidSize", "ask", "askSize"], (b * asz + a * bs) / both)
    case("QuotedSpread", [], ["bid", "ask"], (a - b) / ((a + b) / 2))
    flow = np.full(ROWS, np.nan)
    for i in range(1, ROWS):
        flow[i] = ((b[i] >= b[i - 1]) * bs[i] - (b[i] <= b[i - 1]) * bs[i - 1]
                   - (a[i] <= a[i - 1]) * asz[i] + (a[i] >= a[i - 1]) * asz[i - 1])
    case("OrderFlowImbalance", [20], ["bid", "bidSize", "ask", "askSize"], rolling([flow], 20, np.sum))
    value, age = C["value"], C["age"]
    case("Decay", [5], ["value", "age"], np.where(age >= 0, value * np.exp2(-age / 5), np.nan))
    case("Fresh", [30], ["value", "age"], np.where((age >= 0) & (age <= 30), value, np.nan))


def regimes():
    h, l, c = C["high"], C["low"], C["close"]
    for n, history in [(20, 100), (10, 20)]:
        code, trend, volatility = (np.full(ROWS, np.nan) for _ in range(3))
        r = np.diff(np.log(c))
        ranges = np.log(np.maximum(h[1:], c[:-1]) / np.minimum(l[1:], c[:-1]))
        past = []
        for i in range(n + 1, ROWS):
            w, before = r[i - n: i], r[i - n - 1: i - 1]
            v = math.sqrt(np.mean(ranges[i - n: i] ** 2) / (4 * math.log(2)))
            if len(past) >= history and np.ptp(w) > 0:
                quantiles = []
                for level in (0.5, 0.9):
                    estimate = P2(level)
                    for earlier in past:
                        estimate.add(earlier)
                    quantiles.append(estimate.value())
                t = w.mean() / (w.std(ddof=1) / math.sqrt(n))
                reverts = np.ptp(before) > 0 and np.corrcoef(before, w)[0, 1] <= -1.645 / math.sqrt(n)
                trend[i], volatility[i] = t, v / quantiles[0]
                code[i] = (1 if t >= 1.96 else 3 if t <= -1.96 else 6 if v > quantiles[1] else 2 if t >= 1.282 else 4 if t <= -1.282
                           else 5 if reverts else 7)
            past.append(v)
        case("Regime", [n, history], ["high", "low", "close"], [code, trend, volatility])
        print("regimes", n, dict(zip(*np.unique(code[~np.isnan(code)], return_counts=True))))


def sections():
    d, cases = Draws(11), []
    for size in [1, 2, 5, 12, 40]:
        x = np.array([round(3 * d.normal()) if size == 12 else d.normal() for _ in range(size)], float)
        y = 0.5 * x + np.array([d.normal() for _ in range(size)])
        x[np.arange(size) % 11 == 6] = np.nan
        groups = [math.floor(3 * d.uniform()) for _ in range(size)]
        s, g = pd.Series(x), pd.Series(groups)
        n = s.count()
        low, high = s.quantile(0.1), s.quantile(0.9)
        both = ~np.isnan(x) & ~np.isnan(y)
        rest = np.full(size, np.nan)
        if both.any() and np.ptp(x[both]) > 0:
            a = np.column_stack([np.ones(both.sum()), x[both]])
            rest[both] = y[both] - a @ np.linalg.lstsq(a, y[both], rcond=None)[0]
        rank = s.rank()
        results = [
            ("CSDemean", [], ["x"], s - s.mean()),
            ("CSScale", [], ["x"], s / s.abs().sum()),
            ("CSWinsor", [0.1], ["x"], s.clip(low, high)),
            ("CSBucket", [5], ["x"], np.floor(5 * (rank - 0.5) / n)),
            ("GroupRank", [], ["x"], s.groupby(g).rank(pct=True)),
            ("GroupZScore", [], ["x"], s.groupby(g).transform(lambda w: (w - w.mean()) / w.std() if w.nunique() > 1 else w * np.nan)),
            ("CSResidual", [], ["y", "x"], rest),
        ]
        for operator, params, inputs, out in results:
            columns = [clean({"x": x, "y": y}[k]) for k in inputs]
            cases.append(dict(operator=operator, params=params, inputs=columns, groups=groups, output=clean(out)))
    return cases


if __name__ == "__main__":
    for make in [statistics, paths, recursions, estimators, books_and_events, regimes]:
        make()
    golden = dict(columns={k: clean(v) for k, v in C.items()}, cases=CASES, sections=sections())
    text = json.dumps(golden, separators=(",", ":"), allow_nan=False).encode()
    with open("test/golden/statistics.json.gz", "wb") as file:
        file.write(gzip.compress(text, 9, mtime=0))
    print(len(CASES), "cases; pandas", pd.__version__, "NumPy", np.__version__, "SciPy", scipy.__version__)
