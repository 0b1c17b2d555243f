"""Population stability index and Kolmogorov-Smirnov of binned samples, in NumPy and SciPy.

    python3 test/oracle/drift.py > test/golden/drift.json

The raw samples are written too (as float32 values, rounded to 6 places), so that the edges are found again on the other side.
"""

import json

import numpy as np
import scipy
from scipy.special import kolmogorov
from scipy.stats import ks_2samp

BINS, EMPTY = 20, 1e-4


def edges_of(values):
    ordered = np.sort(values)
    # The inverted distribution function in whole numbers: numpy.quantile(method="inverted_cdf") rounds 0.55 * 400 up past 220.
    found = np.unique([ordered[-(-k * len(ordered) // BINS) - 1] for k in range(1, BINS)])
    return found[found < ordered[-1]]


def case(name, reference, window):
    reference = np.round(reference, 6).astype(np.float32).astype(float)
    window = np.round(window, 6).astype(np.float32).astype(float)
    edges = edges_of(reference)
    bins = [np.searchsorted(edges, x, side="left") for x in (reference, window)]
    counts = [np.bincount(b, minlength=len(edges) + 1) for b in bins]
    p, q = (np.maximum(c / c.sum(), EMPTY) for c in counts)
    # On bin numbers the two-sample statistic is the distance at the edges; on raw values it is the whole one.
    binned = ks_2samp(bins[0], bins[1], method="asymp").statistic
    raw = ks_2samp(reference, window, method="asymp").statistic
    n, m = len(reference), len(window)
    return {
        "name": name,
        "reference": reference.tolist(),
        "window": window.tolist(),
        "edges": edges.tolist(),
        "counts": [c.tolist() for c in counts],
        "psi": float(np.sum((q - p) * np.log(q / p))),
        "ks": float(binned),
        "ksRaw": float(raw),
        "pValue": float(kolmogorov(np.sqrt(n * m / (n + m)) * binned)),
    }


draw = np.random.default_rng(5)
cases = [
    case("same", draw.standard_normal(400), draw.standard_normal(150)),
    case("shifted", draw.standard_normal(400), draw.standard_normal(150) + 0.5),
    case("wider", draw.standard_normal(400), 2 * draw.standard_normal(150)),
    case("left", draw.standard_normal(300), draw.standard_normal(100) + 9),
    case("ties", draw.integers(0, 6, 400) / 2, draw.integers(0, 6, 150) / 2),
    case("mostly zero", np.where(draw.random(400) < 0.9, 0, 1), np.where(draw.random(150) < 0.7, 0, 1)),
]
tail = [[x, float(kolmogorov(x))] for x in (0.05, 0.2, 0.5, 0.9, 0.999, 1.0, 1.3, 2.0, 3.5)]
print(json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "cases": cases, "tail": tail}))
