# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What products are timed with: random operands, and the steps of an epilogue with what they take."""

import math

import torch

TORCH = {
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "tf32": torch.float32,
    "f32": torch.float32,
    "i8": torch.int8,
    "i32": torch.int32,
    "f8E4M3FN": torch.float8_e4m3fn,
}


class Operands:
    """One set of A, B, C and the epilogue's operands."""

    def __init__(self, case):
        batch = (case.batch,) if case.batch > 1 else ()
        self.a = self.random(case.element, *batch, *((case.k, case.m) if case.transpose_a else (case.m, case.k)))
        self.b = self.random(case.element, *batch, *((case.n, case.k) if not case.transpose_b else (case.k, case.n)))
        self.c = torch.empty(*batch, case.m, case.n, dtype=TORCH[case.output], device="cuda")
        # Where the library's product goes, which it cannot quantise, and the type of a bias: of 16 bits as A is, else words.
        self.product, value = self.c, self.c.dtype
        if case.output == "i8":
            is_short = TORCH[case.element].itemsize == 2
            self.product = torch.empty_like(self.c, dtype=TORCH[case.element] if is_short else torch.int32)
            value = TORCH[case.element] if is_short else torch.float32
        self.extra = {step: OPERANDS[step](case, value) for step in case.steps if step in OPERANDS}
        self.kept = [torch.empty_like(self.c) for step in case.steps if step == "keep"]

    @staticmethod
    def random(element, *shape):
        if element == "i8":
            return torch.randint(-128, 128, shape, dtype=torch.int8, device="cuda")
        return normal(TORCH[element], *shape)

    def bytes(self):
        return sum(tensor.numel() * tensor.element_size() for tensor in (self.a, self.b, self.c, *self.kept))

    def results(self):
        return [self.c, *self.kept]

    def reference(self, case):
        """What `results` should be, before it is rounded: to steps where it is quantised, too."""
        a, b = self.a.double(), self.b.double()
        value = (a.transpose(-1, -2) if case.transpose_a else a) @ (b if case.transpose_b else b.transpose(-1, -2))
        kept = []
        for step in case.steps:
            if step == "keep":
                kept.append(value)
            else:
                value = (STEPS | EXACT)[step](value, *self.extra.get(step, ()))
        return [value, *kept]


def normal(dtype, *shape):
    return torch.randn(*shape, device="cuda").to(dtype)


def scale_and_zero(case, _):
    """Sums of k products have a deviation of sqrt(k), times that of a product: of 40 steps then, so that one result in 700 is saturated."""
    product = 256 * 256 / 12 if case.element == "i8" else 1
    return tuple(torch.tensor([value], device="cuda") for value in (40 / product / math.sqrt(case.k), 3.0))


# What steps take beside the value, in the order of the kernel's parameters, and what they compute from all.
OPERANDS = {
    "bias": lambda case, dtype: (normal(dtype, case.n),),
    "residual": lambda case, dtype: (normal(dtype, case.m, case.n),),
    "scale_rows": lambda case, _: (0.5 + torch.rand(case.m, device="cuda"),),
    "scale_columns": lambda case, _: (0.5 + torch.rand(case.n, device="cuda"),),
    "quantise": scale_and_zero,
}
STEPS = {
    "bias": lambda x, y: x + y,
    "residual": lambda x, y: x + y,
    "scale_rows": lambda x, scales: x * scales[:, None],
    "scale_columns": lambda x, scales: x * scales,
    "relu": torch.relu,
    "gelu": torch.nn.functional.gelu,
    "gelu_tanh": lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": torch.nn.functional.silu,
    "quantise": lambda x, scale, zero: (torch.round(x * scale) + zero).clamp(-128, 127),
}
EXACT = {"quantise": lambda x, scale, zero: (x * scale + zero).clamp(-128, 127)}
