# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The products' kernels that are timed and shipped: what each computes and by which parameters of the schedule."""

import dataclasses


class Options:
    """What both kinds of kernels share: their fields are the options of a pass."""

    def options(self):
        return " ".join(
            f"{field.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}" for field, value in self.fields()
        )

    def fields(self):
        return [(field.name, getattr(self, field.name)) for field in dataclasses.fields(self) if getattr(self, field.name) != ""]

    def described(self, parts):
        return "_".join([self.element, self.output, *parts, *([self.epilogue.replace("+", "-")] if self.epilogue else [])])


@dataclasses.dataclass(frozen=True)
class Kernel(Options):
    """Options of schedule-generate-gemm."""

    element: str = "f16"
    output: str = "f16"
    transpose_a: bool = False
    transpose_b: bool = False
    batched: bool = False
    epilogue: str = ""
    consumers: int = 2
    blocks: int = 1
    tile_n: int = 256
    stages: int = 4
    cluster: int = 1
    cluster_along_n: bool = False
    group: int = 16

    generator = "schedule-generate-gemm"

    @property
    def tile_m(self):
        return 64 * self.consumers * self.blocks

    @property
    def name(self):
        layout = ("t" if self.transpose_a else "n") + ("n" if self.transpose_b else "t")
        parts = [layout, f"{self.tile_m}x{self.tile_n}", f"c{self.consumers}", f"s{self.stages}", f"g{self.group}"]
        if self.cluster > 1:
            parts.append(f"{'n' if self.cluster_along_n else 'm'}{self.cluster}")
        return self.described(parts + (["batched"] if self.batched else []))

    def launch(self):
        return {"kind": "large", "tile_m": self.tile_m, "cluster": self.cluster, "cluster_along_n": self.cluster_along_n}


@dataclasses.dataclass(frozen=True)
class SmallKernel(Options):
    """Options of schedule-generate-small-gemm."""

    element: str = "f16"
    output: str = "f16"
    epilogue: str = ""
    consumers: int = 1
    tile_m: int = 16
    stages: int = 10
    split: int = 1

    generator = "schedule-generate-small-gemm"
    transpose_a = transpose_b = batched = False

    @property
    def tile_n(self):
        return 64 * self.consumers

    @property
    def name(self):
        return self.described(["small", f"{self.tile_m}x{self.tile_n}", f"s{self.stages}", f"k{self.split}"])

    def launch(self):
        return {"kind": "small", "tile_n": self.tile_n}


# Parameters that win somewhere on the list of shapes: large tiles first.
TILES = [
    {"tile_n": 256, "stages": 4},
    {"tile_n": 256, "stages": 4, "cluster": 2},
    {"consumers": 3, "tile_n": 192, "stages": 4},
    {"blocks": 2, "tile_n": 128, "stages": 4},
    {"tile_n": 192, "stages": 4},
    {"tile_n": 160, "stages": 4},
    {"tile_n": 128, "stages": 6},
    {"consumers": 3, "tile_n": 128, "stages": 5},
    {"tile_n": 96, "stages": 6},
    {"tile_n": 64, "stages": 8},
    {"consumers": 1, "tile_n": 128, "stages": 8},
    {"consumers": 1, "tile_n": 64, "stages": 12},
    {"consumers": 1, "tile_n": 32, "stages": 12},
]
# Few rows: the second of a pair of CTAs on an SM starts to stream while the first one ends, so most use less than half of the shared memory.
SMALL_TILES = [
    *[{"tile_m": 16, "stages": 10, "split": split} for split in (1, 2, 4, 8)],
    *[{"tile_m": 16, "stages": 6, "split": split, "consumers": 2} for split in (2, 4)],
    *[{"tile_m": 32, "stages": 8, "split": split} for split in (2, 4, 8)],
    *[{"tile_m": 64, "stages": 5, "split": split} for split in (1, 2, 4, 8)],
    *[{"tile_m": 64, "stages": 8, "split": split, "consumers": 2} for split in (2, 4)],
    *[{"tile_m": 128, "stages": 8, "split": split} for split in (1, 2, 4, 8)],
]
COMMON = [TILES[0], TILES[4], TILES[6], TILES[11]]


def shipped():
    kernels = [Kernel(**tile) for tile in TILES]
    kernels += [Kernel(transpose_b=True, **tile) for tile in COMMON]
    kernels += [Kernel(transpose_a=True, transpose_b=b, **tile) for b in (False, True) for tile in (TILES[0], TILES[6])]
    kernels += [Kernel(element="bf16", output="bf16", **tile) for tile in TILES[:7]]
    kernels += [Kernel(element="tf32", output="f32", **tile) for tile in COMMON]
    kernels += [Kernel(element="i8", output="i32", **tile) for tile in COMMON]
    kernels += [Kernel(element="f8E4M3FN", output="f16", **tile) for tile in COMMON]
    kernels += [Kernel(batched=True, **tile) for tile in (TILES[6], TILES[9], TILES[11])]
    kernels += [Kernel(batched=True, transpose_b=True, **tile) for tile in (TILES[6], TILES[9], TILES[11])]
    fused = [TILES[0], TILES[2], TILES[4], TILES[6]]
    kernels += [Kernel(epilogue=epilogue, **tile) for epilogue in ("bias", "bias+gelu_tanh", "bias+gelu") for tile in fused]
    kernels += [Kernel(epilogue="bias+residual", **tile) for tile in fused if tile.get("consumers", 2) == 2]
    kernels += [SmallKernel(**tile) for tile in SMALL_TILES]
    kernels += [
        SmallKernel(element=element, output=output, **tile)
        for element, output in (("bf16", "bf16"), ("tf32", "f32"), ("f8E4M3FN", "f16"))
        for tile in SMALL_TILES[1:4]
    ]
    return kernels
