"""Fifty Adam steps of each kind of network in PyTorch, from weights and on batches that are written down.

    python3 test/oracle/pytorch-training.py > test/golden/pytorch-training.json

Needs PyTorch; the version that made the committed file is named in it. Everything is float32, squared error, Adam
(learning rate 0.01, betas 0.9 and 0.999, epsilon 1e-8), no dropout, no clipping.

The weights are drawn here in the layout of `models/networks` (gates of an LSTM: input, output, forget, candidate; of a
GRU: update, reset, candidate; matrices as [inputs, outputs]) and given to PyTorch's own modules in theirs.
"""

import json

import torch
from torch import nn

torch.manual_seed(20_261_121)
rows, features, window, batch, steps = 60, 3, 5, 8, 50


class Weights(nn.Module):
    """Named parameters in our layout."""

    def __init__(self, **shapes):
        super().__init__()
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(0.4 * torch.randn(shape)))

    def draw(self):
        return {name: value.detach().flatten().tolist() for name, value in self.named_parameters()}


def columns(matrix, order):
    """The gates of a matrix [..., gates · hidden] in another order."""
    parts = matrix.chunk(len(order), dim=-1)
    return torch.cat([parts[i] for i in order], dim=-1)


class Value(Weights):
    """The value head; the loss is taken on its output."""

    def __init__(self, width, **shapes):
        super().__init__(**shapes, value=[width, 1], valueBias=[1])

    def head(self, embedding):
        return (embedding @ self.value + self.valueBias)[:, 0]


class Mlp(Value):
    hidden = 6

    def __init__(self):
        h = self.hidden
        super().__init__(
            h,
            layer0=[2 * features, h],
            layer0Bias=[h],
            norm0=[h],
            norm0Bias=[h],
            layer1=[h, h],
            layer1Bias=[h],
            norm1=[h],
            norm1Bias=[h],
        )

    def forward(self, x):
        x = x[:, -2:].reshape(len(x), -1)
        for layer in ("0", "1"):
            weight, bias = getattr(self, f"layer{layer}"), getattr(self, f"layer{layer}Bias")
            gain, shift = getattr(self, f"norm{layer}"), getattr(self, f"norm{layer}Bias")
            x = nn.functional.linear(x, weight.T, bias)
            x = nn.functional.gelu(nn.functional.layer_norm(x, [self.hidden], gain, shift))
        return self.head(x)


class Lstm(Value):
    """Two layers, last state. PyTorch has two biases; the second stays 0."""

    hidden = 4

    def __init__(self):
        h = self.hidden
        super().__init__(
            h,
            input0=[features, 4 * h],
            recurrent0=[h, 4 * h],
            bias0=[4 * h],
            input1=[h, 4 * h],
            recurrent1=[h, 4 * h],
            bias1=[4 * h],
        )
        self.module = nn.LSTM(features, h, num_layers=2, batch_first=True)
        for own in self.module.parameters():
            own.requires_grad = False

    def draw(self):
        return {name: value for name, value in super().draw().items() if "module" not in name}

    def forward(self, x):
        # PyTorch: input, forget, candidate, output; ours: input, output, forget, candidate.
        order = [0, 2, 3, 1]
        weights = {}
        for layer in (0, 1):
            weights[f"weight_ih_l{layer}"] = columns(getattr(self, f"input{layer}"), order).T
            weights[f"weight_hh_l{layer}"] = columns(getattr(self, f"recurrent{layer}"), order).T
            weights[f"bias_ih_l{layer}"] = columns(getattr(self, f"bias{layer}"), order)
            weights[f"bias_hh_l{layer}"] = torch.zeros(4 * self.hidden)
        states, _ = torch.func.functional_call(self.module, weights, (x,))
        return self.head(states[:, -1])


class Gru(Value):
    """One layer, attention pooling. PyTorch's second bias of update and reset stays 0."""

    hidden = 4

    def __init__(self):
        h = self.hidden
        super().__init__(
            h,
            input0=[features, 3 * h],
            recurrent0=[h, 3 * h],
            bias0=[3 * h],
            recurrentBias0=[h],
            pooling=[h],
        )
        self.module = nn.GRU(features, h, batch_first=True)
        for own in self.module.parameters():
            own.requires_grad = False

    def draw(self):
        return {name: value for name, value in super().draw().items() if "module" not in name}

    def forward(self, x):
        # PyTorch: reset, update, candidate; ours: update, reset, candidate.
        order = [1, 0, 2]
        inner = torch.cat([torch.zeros(2 * self.hidden), self.recurrentBias0])
        weights = {
            "weight_ih_l0": columns(self.input0, order).T,
            "weight_hh_l0": columns(self.recurrent0, order).T,
            "bias_ih_l0": columns(self.bias0, order),
            "bias_hh_l0": inner,
        }
        states, _ = torch.func.functional_call(self.module, weights, (x,))
        share = torch.softmax(states @ self.pooling, dim=1)
        return self.head((states * share[..., None]).sum(1))


class Transformer(Value):
    """PyTorch's encoder layer, pre-norm, causal, two heads; learned positions; attention pooling."""

    dim, wide = 4, 6

    def __init__(self):
        d, w = self.dim, self.wide
        super().__init__(
            d,
            embed=[features, d],
            embedBias=[d],
            positions=[window, 1, d],
            attentionNorm0=[d],
            attentionNorm0Bias=[d],
            project0=[d, 3 * d],
            project0Bias=[3 * d],
            output0=[d, d],
            output0Bias=[d],
            feedForwardNorm0=[d],
            feedForwardNorm0Bias=[d],
            widen0=[d, w],
            widen0Bias=[w],
            narrow0=[w, d],
            narrow0Bias=[d],
            norm=[d],
            normBias=[d],
            pooling=[d],
        )
        self.module = nn.TransformerEncoderLayer(
            d, 2, w, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        for own in self.module.parameters():
            own.requires_grad = False

    def draw(self):
        return {name: value for name, value in super().draw().items() if "module" not in name}

    def forward(self, x):
        h = x @ self.embed + self.embedBias + self.positions[:, 0]
        mask = nn.Transformer.generate_square_subsequent_mask(window)
        weights = {
            "self_attn.in_proj_weight": self.project0.T,
            "self_attn.in_proj_bias": self.project0Bias,
            "self_attn.out_proj.weight": self.output0.T,
            "self_attn.out_proj.bias": self.output0Bias,
            "linear1.weight": self.widen0.T,
            "linear1.bias": self.widen0Bias,
            "linear2.weight": self.narrow0.T,
            "linear2.bias": self.narrow0Bias,
            "norm1.weight": self.attentionNorm0,
            "norm1.bias": self.attentionNorm0Bias,
            "norm2.weight": self.feedForwardNorm0,
            "norm2.bias": self.feedForwardNorm0Bias,
        }
        h = torch.func.functional_call(self.module, weights, (h,), {"src_mask": mask})
        h = nn.functional.layer_norm(h, [self.dim], self.norm, self.normBias)
        share = torch.softmax(h @ self.pooling, dim=1)
        return self.head((h * share[..., None]).sum(1))


class Tcn(Value):
    """Two residual blocks of two causal convolutions of kernel 2, dilations 1 and 2."""

    channels = 4

    def __init__(self):
        c = self.channels
        shapes = {}
        for block, inputs in ((0, features), (1, c)):
            for name, width in ((f"first{block}", inputs), (f"second{block}", c)):
                shapes[name] = [2 * width, c]
                shapes[f"{name}Bias"] = [c]
                shapes[f"{name}Norm"] = [c]
                shapes[f"{name}NormBias"] = [c]
            if inputs != c:
                shapes[f"skip{block}"] = [inputs, c]
                shapes[f"skip{block}Bias"] = [c]
        super().__init__(c, **shapes)

    def convolve(self, x, name, dilation):
        weight = getattr(self, name)
        width = x.shape[-1]
        # Ours: the moment itself first, then the one before; PyTorch: oldest first.
        kernel = torch.stack([weight[width:], weight[:width]], dim=-1).permute(1, 0, 2)
        padded = nn.functional.pad(x.transpose(1, 2), (dilation, 0))
        out = nn.functional.conv1d(padded, kernel, getattr(self, f"{name}Bias"), dilation=dilation)
        gain, shift = getattr(self, f"{name}Norm"), getattr(self, f"{name}NormBias")
        out = nn.functional.layer_norm(out.transpose(1, 2), [self.channels], gain, shift)
        return torch.relu(out)

    def forward(self, x):
        for block in (0, 1):
            inner = self.convolve(x, f"first{block}", 2**block)
            inner = self.convolve(inner, f"second{block}", 2**block)
            skip = x if block == 1 else x @ self.skip0 + self.skip0Bias
            x = torch.relu(inner + skip)
        return self.head(x[:, -1])


networks = {
    "mlp": (Mlp, {"window": 2, "hidden": 6, "layers": 2}),
    "lstm": (Lstm, {"window": window, "hidden": 4, "layers": 2}),
    "gru": (Gru, {"window": window, "hidden": 4, "pooling": "attention"}),
    "transformer": (
        Transformer,
        {"window": window, "dim": 4, "heads": 2, "layers": 1, "feedForward": 6},
    ),
    "tcn": (Tcn, {"window": window, "channels": 4, "kernel": 2, "blocks": 2}),
}

table = torch.randn(rows, features)
target = torch.randn(rows)
samples = torch.randint(window - 1, rows, (steps, batch))
back = torch.arange(window - 1, -1, -1)


def curve(model):
    drawn = model.draw()
    own = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.Adam(own, lr=0.01)
    losses = []
    for chosen in samples:
        x = table[chosen[:, None] - back[None]]
        optimizer.zero_grad()
        loss = ((model(x) - target[chosen]) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"parameters": drawn, "losses": losses}


print(
    json.dumps(
        {
            "tool": f"PyTorch {torch.__version__}",
            "command": "python3 test/oracle/pytorch-training.py > test/golden/pytorch-training.json",
            "learningRate": 0.01,
            "features": features,
            "table": table.flatten().tolist(),
            "target": target.tolist(),
            "samples": samples.tolist(),
            "networks": {
                name: {"params": params, **curve(make())} for name, (make, params) in networks.items()
            },
        }
    )
)
