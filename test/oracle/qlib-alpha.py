"""Alpha158 and Alpha360 by qlib's own operators on the AAPL series that npm brings; float64, as computed.

python3 test/oracle/qlib-alpha.py node_modules/@observablehq/sample-datasets/aapl.csv test/golden/qlib-alpha.csv.gz

Rows: the first 80, then every 23rd. vwap = (high + low + close) / 3. Columns: row, then the features of both sets.
"""

import gzip
import sys

import numpy as np
import pandas as pd
import qlib
from qlib.contrib.data.loader import Alpha158DL, Alpha360DL
from qlib.data import base
from qlib.data.ops import Operators, register_all_ops
from qlib.config import C
from qlib.utils import parse_field

source, target = sys.argv[1:]
bars = pd.read_csv(source)
frame = {name.lower(): bars[name].astype(np.float64) for name in ["Open", "High", "Low", "Close", "Volume"]}
frame["vwap"] = (frame["high"] + frame["low"] + frame["close"]) / 3

# The operators are qlib's; only the columns come from here instead of its data folder.
base.Feature._load_internal = lambda self, instrument, start, end, *args: frame[self._name].iloc[start : end + 1]
C.set("client")
register_all_ops(C)
names = {"Feature": base.Feature, "Operators": Operators}


def compute(config):
    fields, labels = config
    return {
        label: eval(parse_field(field), dict(names)).load("AAPL", 0, len(bars) - 1, "day")
        for field, label in zip(fields, labels)
    }


columns = {**compute(Alpha158DL.get_feature_config()), **compute(Alpha360DL.get_feature_config())}
rows = [*range(80), *range(80, len(bars), 23)]
lines = [",".join(["row", *columns])]
for row in rows:
    values = [columns[name].get(row, np.nan) for name in columns]
    lines.append(",".join([str(row), *("" if np.isnan(v) else repr(float(v)) for v in values)]))
with gzip.GzipFile(target, "wb", mtime=0) as file:
    file.write(("\n".join(lines) + "\n").encode())
print(qlib.__version__, len(columns), len(rows))
