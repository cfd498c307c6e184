# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The products that are timed."""

import dataclasses

import kernels


@dataclasses.dataclass(frozen=True)
class Case:
    m: int
    n: int
    k: int
    element: str = "f16"
    batch: int = 1
    transpose_a: bool = False
    transpose_b: bool = False
    epilogue: str = ""
    promoted: bool = False  # sums of fp8 are kept in f32, not in the fewer bits of the tensor cores

    @property
    def output(self):
        if self.steps[-1:] == ("quantise",):
            return "i8"
        return {"f16": "f16", "bf16": "bf16", "tf32": "f32", "f32": "f32", "i8": "i32", "f8E4M3FN": "f16"}[self.element]

    @property
    def type_name(self):
        return {"f16": "fp16", "f32": "fp32", "i8": "int8", "f8E4M3FN": "fp8"}.get(self.element, self.element)

    @property
    def name(self):
        shape = f"{self.m}x{self.n}x{self.k}"
        layout = {(False, False): "", (False, True): " nn", (True, False): " tt", (True, True): " tn"}[self.transpose_a, self.transpose_b]
        tail = (" promoted" if self.promoted else "") + (f" +{self.epilogue}" if self.epilogue else "")
        return f"{self.type_name} {f'{self.batch}x({shape})' if self.batch > 1 else shape}{layout}{tail}"

    @property
    def steps(self):
        return tuple(filter(None, self.epilogue.split("+")))

    @property
    def group(self):
        """The class whose geometric mean it counts in."""
        if self.epilogue:
            words = [f"epilogue {self.epilogue}", self.type_name if self.element != "f16" else "", "promoted" if self.promoted else ""]
            return " ".join(filter(None, words))
        if self.promoted:
            return f"{self.type_name} promoted"
        if self.element != "f16":
            return self.type_name
        if self.batch > 1:
            return "fp16 batched"
        if self.transpose_a or self.transpose_b:
            return "fp16 M <= 128 transposed" if self.m <= 128 else "fp16 transposed"
        return "fp16 M <= 128" if self.m <= 128 else "fp16"

    def problem(self):
        return (self.element, self.output, self.transpose_a, self.transpose_b, self.batch > 1, self.epilogue, self.promoted)


def square(*sizes):
    return [(size, size, size) for size in sizes]


LARGE = [
    *square(512, 1024, 2048, 4096, 8192),
    *[(4096, *nk) for nk in ((768, 768), (2304, 768), (3072, 768), (768, 3072))],
    *[(12288, *nk) for nk in ((1024, 1024), (3072, 1024), (4096, 1024), (1024, 4096))],
    *[(6304, *nk) for nk in ((768, 768), (2304, 768), (3072, 768), (768, 3072))],
    *[(8192, *nk) for nk in ((2304, 768), (3072, 768), (768, 3072), (50257, 768))],
    *[(384, *nk) for nk in ((1024, 1024), (4096, 1024), (1024, 4096))],
    *[(197, *nk) for nk in ((768, 768), (3072, 768))],
]
WEIGHTS = [(4096, 4096), (6144, 4096), (14336, 4096), (4096, 14336)]
SMALL = [
    *[(128, *nk) for nk in ((768, 768), (2304, 768), (3072, 768), (768, 3072))],
    *[(m, *nk) for m in (1, 4, 16, 64) for nk in WEIGHTS],
]
TYPED = [(2048, 2048, 2048), (4096, 4096, 4096), (12288, 4096, 1024), (16, 4096, 14336)]
EPILOGUES = [(4096, 3072, 768), (12288, 4096, 1024), (6304, 3072, 768), (8192, 3072, 768), (2048, 2048, 2048), (384, 4096, 1024)]
FUSED = ["bias", "bias+gelu_tanh", "bias+residual", "bias+gelu", "bias+silu", "bias+keep+gelu", "bias+quantise"]
SCALES = "scale_rows+scale_columns"


def add_argument(parser):
    """The option that both builder and runner have."""
    parser.add_argument(
        "--shapes", type=parse_shapes, metavar="MxNxK,...", help="products of fp16 in place of the list, as 512x512x8192,200x768x768"
    )


def parse_shapes(text):
    listed = [tuple(map(int, shape.split("x"))) for shape in text.split(",")]
    if any(len(shape) != 3 or min(shape) < 1 for shape in listed):
        raise ValueError(text)
    return listed


def everything(shapes=None):
    if shapes:
        return [Case(*shape) for shape in shapes]
    cases = [Case(*shape) for shape in LARGE + [(2048, *nk) for nk in WEIGHTS] + SMALL]
    cases += [Case(128, 128, 64, batch=384), Case(384, 384, 64, batch=512), Case(128, 64, 128, batch=384, transpose_b=True)]
    cases += [Case(1000, 1000, 1000), Case(4095, 4097, 511), Case(33, 65, 129)]
    cases += [Case(*shape, transpose_b=True) for shape in ((4096, 4096, 4096), (4096, 3072, 768), (6304, 768, 3072))]
    cases += [Case(m, 4096, 4096, transpose_b=True) for m in (1, 16, 64)]
    cases += [Case(*shape, transpose_a=True, transpose_b=b) for shape in ((4096, 4096, 4096),) for b in (False, True)]
    cases += [Case(*shape, element=element) for element in ("bf16", "tf32", "i8", "f8E4M3FN") for shape in TYPED]
    fp8 = [("", True), (SCALES, False), (SCALES, True)]
    cases += [Case(*shape, element="f8E4M3FN", epilogue=steps, promoted=promoted) for steps, promoted in fp8 for shape in TYPED[:2]]
    cases += [Case(*shape, element="i8", epilogue="bias+quantise") for shape in EPILOGUES]
    cases += [Case(*program.sizes, element=program.element, transpose_b=program.transpose_b) for program in kernels.PROGRAMS]
    cases += [Case(*shape, epilogue=epilogue) for epilogue in FUSED for shape in EPILOGUES]
    return list(dict.fromkeys(cases))
