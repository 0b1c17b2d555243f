"""Sample weights by the book's own snippets: M. López de Prado, "Advances in Financial Machine Learning" (2018), chapter 4, in pandas.

    python3 test/oracle/labels-weights.py > test/golden/labels-weights.json

The snippets count a label from its first to its last bar, both included. A label decided at bar t depends on the price changes of the bars after t, as in the
book's worked example of section 4.5.3, so its first bar here is t+1. Two symbols with labels at some of their bars, of one to nine bars each.
"""

import json

import numpy as np
import pandas as pd


def num_co_events(close_index, t1):
    """Snippet 4.1."""
    count = pd.Series(0.0, index=close_index)
    for t_in, t_out in t1.items():
        count.loc[t_in:t_out] += 1.0
    return count


def sample_tw(t1, co_events):
    """Snippet 4.2."""
    return pd.Series({t_in: (1.0 / co_events.loc[t_in:t_out]).mean() for t_in, t_out in t1.items()})


def sample_w(t1, co_events, close):
    """Snippet 4.10, not scaled."""
    ret = np.log(close).diff()
    return pd.Series({t_in: (ret.loc[t_in:t_out] / co_events.loc[t_in:t_out]).sum() for t_in, t_out in t1.items()}).abs()


def time_decay(tw, last_weight):
    """Snippet 4.11."""
    weight = tw.sort_index().cumsum()
    if last_weight >= 0:
        slope = (1.0 - last_weight) / weight.iloc[-1]
    else:
        slope = 1.0 / ((last_weight + 1) * weight.iloc[-1])
    const = 1.0 - slope * weight.iloc[-1]
    weight = const + slope * weight
    weight[weight < 0] = 0
    return weight


def ind_matrix(bars, t1):
    """Snippet 4.3."""
    matrix = pd.DataFrame(0, index=bars, columns=range(t1.shape[0]))
    for i, (t0, t_out) in enumerate(t1.items()):
        matrix.loc[t0:t_out, i] = 1.0
    return matrix


def avg_uniqueness(matrix):
    """Snippet 4.4."""
    unique = matrix.div(matrix.sum(axis=1), axis=0)
    return unique[unique > 0].mean()


def draw_probabilities(matrix, drawn):
    """One pass of the loop of snippet 4.5."""
    avg = pd.Series(dtype=float)
    for i in matrix:
        reduced = matrix[drawn + [i]].copy()
        reduced.columns = range(reduced.shape[1])
        avg.loc[i] = avg_uniqueness(reduced).iloc[-1]
    return (avg / avg.sum()).tolist()


draw = np.random.default_rng(4)
table, weights, decay = [], {"uniqueness": [], "return": []}, {}
sequence, chosen = None, []
for symbol in range(2):
    bars = pd.Index(range(60))
    close = pd.Series(np.round(50 * np.exp(np.cumsum(0.02 * draw.standard_normal(60))), 3), index=bars)
    rows = [t for t in range(59) if draw.random() < 0.7]
    ends = [min(59, t + int(draw.integers(1, 10))) for t in rows]
    t1 = pd.Series(ends, index=[t + 1 for t in rows])
    events = num_co_events(bars, t1)
    unique = sample_tw(t1, events)
    weights["uniqueness"] += unique.tolist()
    weights["return"] += sample_w(t1, events, close).tolist()
    table.append({"close": close.tolist(), "rows": rows, "ends": ends})
    if symbol == 0:
        decay = {str(last): time_decay(unique, last).tolist() for last in (1, 0.5, 0, -0.3)}
        matrix = ind_matrix(bars, t1.iloc[:16])
        chosen = [3, 9, 3, 15, 0, 8, 9, 4]
        sequence = [draw_probabilities(matrix, chosen[:k]) for k in range(len(chosen) + 1)]

example = ind_matrix(range(1, 7), pd.Series([3, 4, 6], index=[1, 3, 5]))
print(
    json.dumps(
        {
            "versions": {"numpy": np.__version__, "pandas": pd.__version__},
            "symbols": table,
            "weights": weights,
            "decay": decay,
            "sequential": {"drawn": chosen, "probabilities": sequence},
            "example453": [draw_probabilities(example, []), draw_probabilities(example, [1])],
        }
    )
)
