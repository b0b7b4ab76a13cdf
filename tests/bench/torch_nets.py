# SPDX-License-Identifier: GPL-3.0-or-later
"""The nets as a PyTorch programmer would write them for speed: modules whose parameters, and whose
gradients, are views of one flat vector each, so that a parameter server reads and adds them whole."""

import os
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "torch"))
import nets  # noqa: E402  (the data sets)


class MnistRay(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3)
        self.fc = nn.Linear(192, 10)

    def forward(self, x):
        return self.fc(F.relu(F.max_pool2d(self.conv(x), 3)).flatten(1))


class MnistLenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, 5)
        self.conv2 = nn.Conv2d(10, 20, 5)
        self.fc1 = nn.Linear(320, 50)
        self.fc2 = nn.Linear(50, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class CifarLenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class CifarCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.fc1 = nn.Linear(4096, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Block(nn.Module):
    """A residual block; where it widens, its shortcut is a convolution."""

    def __init__(self, channels, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, outputs, 3, padding=1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, outputs, 1) if channels != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))) + self.shortcut(x))


class CifarResnet8(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.blocks = nn.ModuleList([Block(16, 16), Block(16, 32), Block(32, 64)])
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks[0](F.relu(self.stem(x)))
        for block in self.blocks[1:]:
            x = block(F.max_pool2d(x, 2))
        return self.fc(x.mean((2, 3)))


MODULES = {
    "mnist_ray": MnistRay, "mnist_lenet": MnistLenet, "cifar_lenet": CifarLenet, "cifar_cnn": CifarCnn,
    "cifar_resnet8": CifarResnet8,
}
DATA_OF = {name: "mnist" if name.startswith("mnist") else "cifar10" for name in MODULES}


class Net:
    """A module over flat vectors: .parameters and .gradient."""

    def __init__(self, name):
        self.module = MODULES[name]()
        tensors = list(self.module.parameters())
        self.parameters = torch.cat([tensor.detach().flatten() for tensor in tensors])
        self.gradient = torch.zeros_like(self.parameters)
        offset = 0
        for tensor in tensors:
            end = offset + tensor.numel()
            tensor.data = self.parameters[offset:end].view_as(tensor)
            tensor.grad = self.gradient[offset:end].view_as(tensor)
            offset = end

    def compute_gradient(self, inputs, labels):
        """Leaves the gradient of the minibatch's mean loss in .gradient; returns the loss."""
        self.gradient.zero_()
        loss = F.cross_entropy(self.module(inputs), labels)
        loss.backward()
        return loss

    @torch.no_grad()
    def evaluate(self, inputs, labels, batch=1000):
        """(mean loss, share of samples classified correctly)."""
        loss, correct = 0.0, 0
        for x, y in zip(inputs.split(batch), labels.split(batch)):
            outputs = self.module(x)
            loss += F.cross_entropy(outputs, y, reduction="sum").item()
            correct += (outputs.argmax(1) == y).sum().item()
        return loss / len(labels), correct / len(labels)
