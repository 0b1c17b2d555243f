"""TA-Lib for the benchmark of indicators: a folder of float64 columns a line on stdin, nanoseconds a bar a line on stdout.

The list is that of features-ta.ts.
"""
import sys
import time
from pathlib import Path

import numpy as np
import talib

columns = {}


def load(folder):
    if folder not in columns:
        names = ("high", "low", "close", "volume")
        columns[folder] = [np.fromfile(Path(folder) / f"{name}.f64") for name in names]
    return columns[folder]


def eleven(high, low, close, volume):
    talib.SMA(close, 20)
    talib.EMA(close, 20)
    talib.RSI(close, 14)
    talib.MACD(close, 12, 26, 9)
    talib.BBANDS(close, 20, 2, 2)
    talib.ATR(high, low, close, 14)
    talib.ADX(high, low, close, 14)
    talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    talib.CCI(high, low, close, 20)
    talib.MFI(high, low, close, volume, 14)
    talib.OBV(close, volume)


for line in sys.stdin:
    data = load(line.strip())
    began = time.perf_counter()
    eleven(*data)
    print((time.perf_counter() - began) * 1e9 / len(data[0]), flush=True)
