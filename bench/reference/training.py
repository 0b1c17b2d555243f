"""PyTorch's side of `npm run bench -- training`: one thread, eager. Reads one request a line, answers with milliseconds.

Request: KIND MODE BATCH WINDOW FEATURES HIDDEN REPEATS, e.g. `lstm train 64 32 32 64 8`.
"""

import sys
import time

import torch

torch.set_num_threads(1)
rows = 5_000


class Recurrent(torch.nn.Module):
    def __init__(self, kind, features, hidden):
        super().__init__()
        layer = torch.nn.LSTM if kind == "lstm" else torch.nn.GRU
        self.layer = layer(features, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.layer(x)[0][:, -1])[:, 0]


class Transformer(torch.nn.Module):
    """Pre-norm encoder, 4 heads, 2 layers, feed-forward 128, learned positions, attention pooling, no dropout."""

    def __init__(self, window, features, dim):
        super().__init__()
        self.embed = torch.nn.Linear(features, dim)
        self.positions = torch.nn.Parameter(torch.randn(window, dim) * 0.02)
        layer = torch.nn.TransformerEncoderLayer(
            dim, 4, 128, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = torch.nn.TransformerEncoder(
            layer, 2, norm=torch.nn.LayerNorm(dim), enable_nested_tensor=False
        )
        self.pooling = torch.nn.Linear(dim, 1, bias=False)
        self.head = torch.nn.Linear(dim, 1)
        self.mask = torch.nn.Transformer.generate_square_subsequent_mask(window)

    def forward(self, x):
        h = self.encoder(self.embed(x) + self.positions, mask=self.mask, is_causal=True)
        share = torch.softmax(self.pooling(h), dim=1)
        return self.head((h * share).sum(1))[:, 0]


cache = {}


def setting(kind, window, features, hidden):
    key = (kind, window, features, hidden)
    if key not in cache:
        torch.manual_seed(1)
        model = (
            Transformer(window, features, hidden)
            if kind == "transformer"
            else Recurrent(kind, features, hidden)
        )
        cache[key] = (
            model,
            torch.optim.Adam(model.parameters(), lr=1e-3),
            torch.randn(rows, features),
            torch.randn(rows),
        )
    return cache[key]


for line in sys.stdin:
    kind, mode, *numbers = line.split()
    batch, window, features, hidden, repeats = map(int, numbers)
    model, optimizer, table, target = setting(kind, window, features, hidden)
    back = torch.arange(window - 1, -1, -1)
    if mode == "train":
        model.train()
        start = time.perf_counter()
        for _ in range(repeats):
            samples = torch.randint(window, rows, (batch,))
            x = table[samples[:, None] - back[None]]
            optimizer.zero_grad()
            loss = ((model(x) - target[samples]) ** 2).mean()
            loss.backward()
            optimizer.step()
        took = (time.perf_counter() - start) / repeats
    else:
        model.eval()
        x = table[: batch * window].reshape(batch, window, features).contiguous()
        times = []
        with torch.inference_mode():
            for _ in range(repeats):
                start = time.perf_counter()
                model(x)
                times.append(time.perf_counter() - start)
        times.sort()
        took = times[len(times) // 2]
    print(took * 1000, flush=True)
