# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The products' kernels that are timed and shipped: what each computes and by which parameters of the schedule."""

import dataclasses


def options(fields):
    """Options of a pass, as a pipeline's text has them; empty ones are left out."""
    fields = {field.replace("_", "-"): str(value).lower() if isinstance(value, bool) else value for field, value in dict(fields).items()}
    return " ".join(f"{field}={value}" for field, value in fields.items() if value != "")


class Options:
    """What both kinds of kernels share: their fields are the options of a pass."""

    def options(self):
        return options(self.fields())

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
    ping_pong: bool = False
    stages: int = 4
    cluster: int = 1
    cluster_along_n: bool = False
    group: int = 16
    stream_c: bool = False
    store_directly: bool = False
    promote: int = 0
    reads_a: bool = False
    reads_b: bool = False

    generator = "schedule-generate-gemm"

    @property
    def tile_m(self):
        return 64 * self.blocks * (1 if self.ping_pong else self.consumers)

    @property
    def name(self):
        layout = ("t" if self.transpose_a else "n") + ("n" if self.transpose_b else "t")
        parts = [layout, f"{self.tile_m}x{self.tile_n}", f"c{self.consumers}", f"s{self.stages}", f"g{self.group}"]
        if self.cluster > 1:
            parts.append(f"{'n' if self.cluster_along_n else 'm'}{self.cluster}")
        parts += ["turns"] if self.ping_pong else []
        parts += [f"p{self.promote}"] if self.promote else []
        parts += [word for word, is_set in (("stream", self.stream_c), ("direct", self.store_directly)) if is_set]
        parts += ["reads" + "a" * self.reads_a + "b" * self.reads_b] if self.reads_a or self.reads_b else []
        return self.described(parts + (["batched"] if self.batched else []))

    def launch(self):
        return {"kind": "large", "tile_m": self.tile_m, "cluster": self.cluster, "cluster_along_n": self.cluster_along_n}


@dataclasses.dataclass(frozen=True)
class SmallKernel(Options):
    """Options of schedule-generate-small-gemm."""

    element: str = "f16"
    output: str = "f16"
    transpose_b: bool = False
    epilogue: str = ""
    consumers: int = 1
    tile_m: int = 16
    stages: int = 10
    split: int = 1
    ahead: int = 0
    release: int = 4

    generator = "schedule-generate-small-gemm"
    transpose_a = batched = False
    promote = 0

    @property
    def tile_n(self):
        return 64 * self.consumers

    @property
    def name(self):
        return self.described(
            [
                "small",
                *(["nn"] if self.transpose_b else []),
                f"{self.tile_m}x{self.tile_n}",
                f"s{self.stages}",
                f"k{self.split}",
                *([f"a{self.ahead}"] if self.ahead else []),
                *([f"r{self.release}"] if self.release != 4 else []),
            ]
        )

    def launch(self):
        return {"kind": "small", "tile_n": self.tile_n}


@dataclasses.dataclass(frozen=True)
class Program:
    """What the compiler makes of a model with one product that is not one tile kernel: float32 without tf32 has no tensor cores, operands
    whose rows the copy engine cannot move are padded by a launch before, or left to the generic schedule."""

    sizes: tuple  # m, n, k
    transpose_b: bool = False
    element: str = "f32"

    @property
    def output(self):
        return self.element

    @property
    def name(self):
        return f"{self.element}_{self.output}_{'nn' if self.transpose_b else 'nt'}_{'x'.join(map(str, self.sizes))}"


# Parameters that win somewhere on the list of shapes: large tiles first.
WIDE, SQUARE, MIDDLE, NARROW = {"tile_n": 256}, {"consumers": 3, "tile_n": 192}, {"tile_n": 192}, {"tile_n": 128, "stages": 6}
TINY = {"consumers": 1, "tile_n": 64, "stages": 12}
# Consumers that take turns: one's epilogue behind the other's products, for more copies of A or B.
TURNS = [
    {"ping_pong": True, "blocks": 2, "tile_n": 128, "stages": 6},
    {"ping_pong": True, "tile_n": 256, "stages": 4},
    {"ping_pong": True, "tile_n": 192, "stages": 6},
    {"ping_pong": True, "tile_n": 128, "stages": 8},
    {"ping_pong": True, "blocks": 2, "tile_n": 160, "stages": 5},
]
# As many sums as a thread can hold: no epilogue fits beside them.
FULL = [{"ping_pong": True, "blocks": 2, "tile_n": 192, "stages": 4}, {"blocks": 2, "tile_n": 192, "stages": 3}]
# CTAs that share A or B, where the L2 cache is what bounds: rows that begin anywhere in its lines, or few tiles of short sums.
CLUSTERS = [
    {"tile_n": 96, "stages": 6, "cluster": 4, "cluster_along_n": True},
    {"tile_n": 64, "stages": 8, "cluster": 2, "cluster_along_n": True},
    {"consumers": 1, "tile_n": 128, "stages": 8, "cluster": 2},
    {"consumers": 1, "tile_n": 144, "stages": 7, "cluster": 4},
    {"consumers": 1, "tile_n": 192, "stages": 6, "cluster": 4},
    {**WIDE, "cluster": 2, "cluster_along_n": True},
    *[{**tile, "cluster": 2, "cluster_along_n": True} for tile in (TURNS[0], TURNS[4], FULL[0])],
    *[{**tile, "cluster": 2} for tile in (TURNS[0], TURNS[2], FULL[0])],
]
TILES = [
    WIDE,
    {**WIDE, "cluster": 2},
    {**WIDE, "stream_c": True},
    {**WIDE, "stages": 3},
    {**WIDE, "stages": 3, "stream_c": True},
    SQUARE,
    {"blocks": 2, "tile_n": 128},
    MIDDLE,
    NARROW,
    {"consumers": 3, "tile_n": 128, "stages": 5},
    {"tile_n": 96, "stages": 6},
    {"tile_n": 64, "stages": 8},
    {"consumers": 1, "tile_n": 128, "stages": 8},
    TINY,
    {"consumers": 1, "tile_n": 32, "stages": 12},
]


def split(tile, *parts):
    """The tile with its K split; sums of the cluster take the memory of stages, as splitInto of SmallGemm.cpp has it."""

    def stages(count, limit):
        rows, columns = tile["tile_m"], 64 * tile.get("consumers", 1)
        sums = (count if count > 1 else 0) * max(8, rows // count) * columns * 4
        return (limit - sums - 8) // (128 * (rows + columns) + 24)

    limit = HALF if tile["stages"] <= stages(1, HALF) else WHOLE
    return [{**tile, "split": count, "stages": min(tile["stages"], stages(count, limit))} for count in parts]


HALF, WHOLE = 228 * 1024 // 2 - 1024, 227 * 1024  # bytes of shared memory for each of two CTAs on an SM, and for one
ROWS_16 = split({"tile_m": 16, "stages": 11}, 1, 2, 4, 8)
ROWS_64 = split({"tile_m": 64, "stages": 7}, 1, 2, 4, 8)
# Few rows: the second of a pair of CTAs on an SM starts to stream while the first one ends, so most use less than half of the shared memory.
SMALL_TILES = [
    *ROWS_16,
    # Long streams: the next kernel may start a little earlier, and with weights beyond the ring in the L2 cache.
    {"tile_m": 16, "stages": 11, "split": 1, "ahead": 8, "release": 8},
    *[{**tile, "release": 12} for tile in ROWS_16[:2]],
    {**ROWS_64[1], "release": 12},
    {"tile_m": 64, "stages": 5, "split": 1, "consumers": 2, "release": 12},
    *split({"tile_m": 16, "stages": 6, "consumers": 2}, 2, 4, 8),
    *split({"tile_m": 16, "stages": 8, "consumers": 3}, 2, 4, 8),
    *split({"tile_m": 32, "stages": 9}, 1, 2, 4, 8),
    *ROWS_64,
    *split({"tile_m": 64, "stages": 8, "consumers": 2}, 1, 2, 4),
    *split({"tile_m": 64, "stages": 6, "consumers": 3}, 1, 2, 4),
    *split({"tile_m": 64, "stages": 5, "consumers": 4}, 1, 2, 4, 8),
    *split({"tile_m": 128, "stages": 4}, 2, 4, 8),
    *split({"tile_m": 128, "stages": 9}, 1, 2, 4),
    *split({"tile_m": 128, "stages": 6, "consumers": 2}, 1, 2, 4, 8),
    *split({"tile_m": 128, "stages": 5, "consumers": 3}, 2, 4),
    *split({"tile_m": 192, "stages": 5, "consumers": 2}, 2, 4),
    *split({"tile_m": 96, "stages": 7, "consumers": 2}, 2, 4),
]
# Rows that are no multiples of 16 bytes: threads read what the copy engine cannot.
READING = [{"consumers": consumers, "tile_n": 64, "stages": 4} for consumers in (1, 2)]
READS = [{"reads_a": True}, {"reads_b": True, "store_directly": True}, {"reads_a": True, "reads_b": True, "store_directly": True}]
COMMON = [WIDE, MIDDLE, NARROW, TINY]
FUSED = [WIDE, {**WIDE, "stages": 3}, SQUARE, MIDDLE, NARROW, *TURNS[:3], TURNS[4]]
# Epilogues, and the tiles whose registers hold them.
EPILOGUES = {
    "bias": FUSED,
    "bias+gelu_tanh": FUSED,
    # Beside 160 sums, and beside 128 with a result more, erf takes ptxas long and gains 2 % at most.
    "bias+gelu": [tile for tile in FUSED if tile not in (TURNS[0], TURNS[4])],
    "bias+silu": FUSED,
    # With a stage less there is room for pieces of the residual.
    "bias+residual": [
        WIDE,
        {**WIDE, "stages": 3},
        MIDDLE,
        NARROW,
        *[{**tile, "stages": 5} for tile in (NARROW, TURNS[0], TURNS[2])],
        TURNS[1],
    ],
    "bias+keep+gelu": [MIDDLE, NARROW, TURNS[0], *TURNS[2:4]],
}
QUANTISED = {"output": "i8", "epilogue": "bias+quantise"}
# Models have the weights of a MatMul [K, N], those of a Gemm mostly [N, K].
FLOAT32 = [(2048, 2048, 2048), (4096, 4096, 4096), (12288, 4096, 1024), *[(m, 4096, 14336) for m in (2, 4, 16, 32, 64)], (16, 1000, 2048)]
RAGGED = [(4095, 4097, 511), (1001, 1003, 1005), (16, 4096, 4095), (33, 65, 129)]
PROGRAMS = [Program(sizes, transpose_b=b) for b in (False, True) for sizes in FLOAT32]
PROGRAMS += [Program(sizes, transpose_b=b, element="f16") for b in (False, True) for sizes in RAGGED]
# Sums of f8 that are added to others in registers every 128 or 512 elements of K: there are twice as many to hold.
PROMOTED = [{**tile, "promote": steps} for tile in (MIDDLE, NARROW, {**NARROW, "cluster": 2}) for steps in (1, 4)]
SCALED = {"element": "f8E4M3FN", "epilogue": "scale_rows+scale_columns"}
TYPES = [("tf32", "f32"), ("i8", "i32"), ("f8E4M3FN", "f16")]


def shipped():
    kernels = [Kernel(**tile) for tile in TILES + TURNS + FULL + CLUSTERS + [{**TURNS[0], "stream_c": True}]]
    kernels += [Kernel(transpose_b=True, **tile) for tile in [*COMMON, SQUARE, TURNS[0], *FULL]]
    kernels += [Kernel(transpose_b=True, cluster=2, cluster_along_n=along, **NARROW) for along in (False, True)]
    kernels += [Kernel(transpose_a=True, transpose_b=b, **tile) for b in (False, True) for tile in (WIDE, NARROW)]
    kernels += [
        Kernel(element="bf16", output="bf16", **tile)
        for tile in (WIDE, {**WIDE, "stages": 3}, SQUARE, MIDDLE, NARROW, TINY, TURNS[0], *FULL)
    ]
    kernels += [
        Kernel(element=element, output=output, **tile)
        for element, output in TYPES
        for tile in [*COMMON, {**WIDE, "stages": 3}, TURNS[0], *FULL]
    ]
    kernels += [Kernel(element="f8E4M3FN", **tile) for tile in PROMOTED]
    kernels += [Kernel(**SCALED, **tile) for tile in (WIDE, MIDDLE, NARROW, TURNS[0], *PROMOTED)]
    kernels += [Kernel(batched=True, transpose_b=b, **tile) for b in (False, True) for tile in (NARROW, TILES[-4], TINY, TURNS[0])]
    kernels += [Kernel(epilogue=epilogue, **tile) for epilogue, tiles in EPILOGUES.items() for tile in tiles]
    kernels += [Kernel(**QUANTISED, **tile) for tile in FUSED]
    kernels += [Kernel(element="i8", **QUANTISED, **tile) for tile in (WIDE, MIDDLE, NARROW, TURNS[0])]
    kernels += [Kernel(store_directly=True, **tile) for tile in (WIDE, NARROW, TINY)]
    kernels += [Kernel(store_directly=True, **QUANTISED, **NARROW)]
    kernels += [Kernel(transpose_b=b, **tile, **reads) for b in (False, True) for tile in READING for reads in READS]
    kernels += [Kernel(transpose_b=True, batched=True, **tile, **reads) for tile in READING for reads in READS]
    kernels += [Kernel(transpose_a=True, transpose_b=True, **tile, **READS[2]) for tile in READING]
    kernels += [Kernel(epilogue="bias+residual", **READING[1], **READS[2])]
    kernels += [SmallKernel(**tile) for tile in SMALL_TILES]
    kernels += [SmallKernel(transpose_b=True, **tile) for tile in ROWS_16 + ROWS_64]
    kernels += [SmallKernel(epilogue="bias+residual", **ROWS_16[1])]
    kernels += [SmallKernel(**ROWS_16[1], **options) for options in (QUANTISED, SCALED, {**QUANTISED, "element": "i8"})]
    kernels += [SmallKernel(element=element, output=output, **tile) for element, output in [("bf16", "bf16"), *TYPES] for tile in ROWS_16]
    return kernels
