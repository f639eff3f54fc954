"""Weights as 8-bit integers, for the CPU.

Writing one token reads every weight once, so half the bytes is nearly twice the speed. Each row of a
matrix gets a scale of its own; what is lost is far below what a 4-bit GGUF file has lost. A few rows of
input go through torch's own kernel for such weights; many (a prompt) are computed faster with the
weights widened again, which the size of the batch then pays for.
"""

from __future__ import annotations

import torch

SMALLEST_MODEL = 50_000_000
"""Below this many weights the time goes elsewhere."""

_ROWS_FOR_THE_KERNEL = 32
"""Measured: at 32 rows the kernel takes nine tenths of the time of widening, at 64 more than it."""

_WIDTH = 32
"""Torch's kernel reads so many columns at once, and beyond the end of a row of another length."""

_LARGEST = 127


class Int8Linear(torch.nn.Module):
    """Stands in for a linear layer; made from one."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        wide = linear.weight.detach().to(torch.float32, copy=True)
        scale = (wide.abs().amax(1) / _LARGEST).clamp_(min=torch.finfo(torch.float32).tiny)
        self.register_buffer("integers", wide.div_(scale[:, None]).round_().to(torch.int8))
        self.register_buffer("scale", scale.to(linear.weight.dtype))
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach())
        self.integers: torch.Tensor
        self.scale: torch.Tensor
        self.bias: torch.Tensor | None

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        rows = values.reshape(-1, values.shape[-1])
        if rows.shape[0] <= _ROWS_FOR_THE_KERNEL:
            made: torch.Tensor = torch.ops.aten._weight_int8pack_mm(rows, self.integers, self.scale)
        else:
            made = torch.nn.functional.linear(rows, self.integers.to(rows.dtype)).mul_(self.scale)
        if self.bias is not None:
            made += self.bias
        return made.view(*values.shape[:-1], -1)


def use_int8_weights(model: torch.nn.Module) -> bool:
    """Replace the linear layers of ``model``, one by one; False for a model that is too small for it."""
    if sum(parameter.numel() for parameter in model.parameters()) < SMALLEST_MODEL:
        return False
    _replace_in(model)
    return True


def _replace_in(module: torch.nn.Module) -> None:
    for name, child in list(module.named_children()):
        if type(child) is torch.nn.Linear and child.in_features % _WIDTH == 0:
            setattr(module, name, Int8Linear(child))
        else:
            _replace_in(child)
