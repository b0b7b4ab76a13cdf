# SPDX-License-Identifier: GPL-3.0-or-later
"""desgd's nets in PyTorch, written anew from their description (`desgd list models`), and the data
sets read from their own files: nothing here comes from desgd but the names.

A net is a function of (inputs, parameters), the parameters a dict of tensors under PyTorch's names.
"""

import os

import numpy
import torch
import torch.nn.functional as F

# A decision that hangs on less than this part of the largest input may fall either way in float32.
CLOSE = 2e-6

# (kind, name or size, padding); dense layers see their input flattened.
LENET_TAIL = [("dense", "fc1"), ("relu",), ("dense", "fc2"), ("relu",), ("dense", "fc3")]
NETS = {
    "mnist_ray": [("conv", "conv", 0), ("pool", 3), ("relu",), ("dense", "fc")],
    "mnist_lenet": [
        ("conv", "conv1", 0), ("pool", 2), ("relu",),
        ("conv", "conv2", 0), ("pool", 2), ("relu",),
        ("dense", "fc1"), ("relu",), ("dense", "fc2"),
    ],
    "cifar_lenet": [
        ("conv", "conv1", 0), ("relu",), ("pool", 2),
        ("conv", "conv2", 0), ("relu",), ("pool", 2),
    ] + LENET_TAIL,
    "cifar_cnn": [
        ("conv", "conv1", 1), ("relu",), ("pool", 2),
        ("conv", "conv2", 1), ("relu",), ("pool", 2),
        ("dense", "fc1"), ("relu",), ("dense", "fc2"),
    ],
}
DATA_OF = {name: name.split("_")[0].replace("cifar", "cifar10") for name in NETS}


def outputs_of(model, parameters, x, nudges=(), close=None):
    """The logits.

    nudges: (step, place, value) each adds a value at one place of the input of a pool or a relu.
    close, a list, collects such a nudge for every maximum and every sign that is decided by less
    than CLOSE of the largest input: it decides it the other way.
    """
    for step, (kind, *arguments) in enumerate(NETS[model]):
        for _, place, value in (nudge for nudge in nudges if nudge[0] == step):
            shift = torch.zeros_like(x)
            shift.view(-1)[place] = value
            x = x + shift
        if close is not None:
            close += [(step, *nudge) for nudge in close_decisions(kind, arguments, x.detach())]
        if kind == "conv":
            name, padding = arguments
            x = F.conv2d(x, parameters[name + ".weight"], parameters[name + ".bias"], padding=padding)
        elif kind == "pool":
            x = F.max_pool2d(x, arguments[0])
        elif kind == "relu":
            x = F.relu(x)
        else:
            name = arguments[0]
            x = F.linear(x.flatten(1), parameters[name + ".weight"], parameters[name + ".bias"])
    return x


def close_decisions(kind, arguments, x):
    """(place, value) for each decision of a pool or a relu that another rounding might turn. Equal
    values (of one colour in the image, one patch like the next) and zeros are no decision: both
    sides give the same gradient."""
    least, tolerance = 1e-12 * x.abs().max(), CLOSE * x.abs().max()
    if kind == "relu":
        flat = x.flatten()
        places = torch.nonzero((flat.abs() < tolerance) & (flat.abs() > least)).flatten()
        return [(place, -2 * flat[place].item()) for place in places.tolist()]
    if kind != "pool":
        return []
    size = arguments[0]
    numbers = torch.arange(x.numel()).view(x.shape)
    tiles, places = (t.unfold(2, size, size).unfold(3, size, size).flatten(4) for t in (x, numbers))
    values, order = tiles.sort(dim=-1, descending=True)
    gaps = values[..., :1] - values[..., 1:]
    return [
        (places[(*window, order[(*window, rank + 1)])].item(), 2 * gaps[(*window, rank)].item())
        for *window, rank in torch.nonzero((gaps < tolerance) & (gaps > least)).tolist()
    ]


def views(flat, layout):
    """The tensors of a flat vector, without a copy: gradients flow into the vector."""
    return {name: flat[at:at + int(numpy.prod(shape))].view(shape) for name, shape, at in layout}


# ---- data sets ----


def read_idx(path):
    raw = numpy.fromfile(path, dtype=numpy.uint8)
    rank = int(raw[3])
    sizes = raw[4:4 + 4 * rank].view(">u4").astype(int)
    return raw[4 + 4 * rank:].reshape(sizes)


def read_mnist(folder):
    def split(stem):
        images = read_idx(os.path.join(folder, "mnist", stem + "-images-idx3-ubyte"))
        return images[:, None], read_idx(os.path.join(folder, "mnist", stem + "-labels-idx1-ubyte"))

    return split("train"), split("t10k")


def read_cifar10(folder):
    def split(names):
        raw = [numpy.fromfile(os.path.join(folder, "cifar10", name), dtype=numpy.uint8) for name in names]
        rows = numpy.concatenate(raw).reshape(-1, 1 + 3 * 32 * 32)
        return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]

    return split([f"data_batch_{i}.bin" for i in range(1, 6)]), split(["test_batch.bin"])


class Data:
    """A data set as it lies in its files, .train and .test: (images, labels) in bytes."""

    def __init__(self, name, folder):
        self.train, self.test = {"mnist": read_mnist, "cifar10": read_cifar10}[name](folder)
        images = self.train[0]
        counts = [numpy.bincount(images[:, c].ravel(), minlength=256) for c in range(images.shape[1])]
        level = numpy.arange(256) / 255
        mean = numpy.array([(count * level).sum() / count.sum() for count in counts])
        variance = [(count * (level - m) ** 2).sum() / count.sum() for count, m in zip(counts, mean)]
        # What becomes of a byte, per channel: mean 0 and variance 1 over the training set.
        self.table = ((level - mean[:, None]) / numpy.sqrt(variance)[:, None]).astype(numpy.float32)

    def tensors(self, split, samples=slice(None)):
        """(normalised images, labels) of some samples of a split."""
        images, labels = split
        images = images[samples]
        values = numpy.empty(images.shape, numpy.float32)
        for c in range(images.shape[1]):
            values[:, c] = self.table[c][images[:, c]]
        return torch.from_numpy(values), torch.from_numpy(labels[samples].astype(numpy.int64))
