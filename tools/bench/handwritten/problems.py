# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The problems that run.py times: operands, launches, what shall come out, and the library's call."""

import ctypes
import dataclasses
import math
import pathlib
import sys
from collections.abc import Callable

import torch
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gemm"))
import driver

ATTENTIONS = [(32, 16, 384), (8, 16, 1024), (4, 16, 4096), (1, 16, 16384)]  # batch, heads, length; heads of size 128
# Channels, height = width, filters, taps a side, stride: layers of ResNet-50.
LAYERS = [
    (64, 56, 256, 1, 1),
    (256, 56, 128, 1, 1),
    (128, 28, 128, 3, 1),
    (128, 56, 128, 3, 2),
    (512, 28, 256, 1, 1),
    (256, 14, 256, 3, 1),
    (1024, 14, 512, 1, 1),
    (512, 7, 512, 3, 1),
    (2048, 7, 512, 1, 1),
    (256, 56, 512, 1, 2),
    (512, 14, 512, 3, 2),
]
# M, N, K; a tile is timed where it divides N, as the peers want it.
PRODUCTS = [(4096, 4096, 4096), (8192, 8192, 8192), (12288, 4096, 1024), (12288, 3072, 1024), (2048, 2048, 2048)]


@dataclasses.dataclass
class Problem:
    """`operands()` makes a set, the result last; `reference` and `library`, which is cuDNN's launch, take the others."""

    kernel: str
    shape: str
    operations: int
    grid: tuple
    numbers: tuple
    operands: Callable
    reference: Callable
    library: Callable = None
    window: tuple = ()  # taps a side, stride and padding of an im2col map

    @property
    def kind(self):
        return self.kernel.partition("_")[0]

    @property
    def name(self):
        """The kind, the shape and the tile of a product."""
        return " ".join(filter(None, (self.kind, self.shape, self.kernel.partition("_")[2])))

    def arguments(self, parameters, tensors):
        tensors, numbers = iter(tensors), iter(self.numbers)

        def argument(each):
            if each == "i32":
                return ctypes.c_int32(next(numbers))
            return image_map(next(tensors), each, *self.window) if each["im2col"] else driver.tensor_map(next(tensors), each)

        return [argument(each) for each in parameters]


def image_map(images, box, taps, stride, pad):
    """The im2col map of images [N, H, W, C]: box["rows"] pixels by box["columns"] channels of one tap."""
    buffer = ctypes.create_string_buffer(128 + 64)
    place = (ctypes.addressof(buffer) + 63) & ~63
    sizes = list(images.shape)[::-1]
    strides = [images.element_size() * each for each in images.stride()[::-1]][1:]
    driver.check(
        driver.library().cuTensorMapEncodeIm2col(
            ctypes.c_void_p(place),
            driver.MAP_TYPES[box["element"]],
            4,
            ctypes.c_void_p(images.data_ptr()),
            (driver.U64 * 4)(*sizes),
            (driver.U64 * 3)(*strides),
            (ctypes.c_int32 * 2)(-pad, -pad),
            (ctypes.c_int32 * 2)(pad - taps + 1, pad - taps + 1),
            box["columns"],
            box["rows"],
            (driver.U32 * 4)(1, stride, stride, 1),
            0,
            driver.SWIZZLES[box["swizzle"]],
            driver.L2_256B,
            0,
        )
    )
    return (ctypes.c_char * 128).from_buffer_copy(ctypes.string_at(place, 128))


def normal(*shape):
    return torch.randn(shape, device="cuda", dtype=torch.float16)


def empty(*shape):
    return torch.empty(shape, device="cuda", dtype=torch.float16)


def persistent(tiles):
    return (min(tiles, torch.cuda.get_device_properties(0).multi_processor_count), 1, 1)


def attention(batch, heads, length, size=128):
    shape = (batch * heads, length, size)

    def reference(*operands):
        return torch.stack([(q @ k.T / math.sqrt(size)).softmax(-1) @ v for q, k, v in zip(*(each.float() for each in operands))])

    def library(*operands):
        with sdpa_kernel(SDPBackend.CUDNN_ATTENTION):
            return functional.scaled_dot_product_attention(*(each.view(batch, heads, length, size) for each in operands))

    return Problem(
        "attention",
        f"{batch}x{heads}x{length}x{size}",
        4 * batch * heads * length * length * size,
        (length // 128, batch * heads, 1),
        (length,),
        lambda: [*(normal(*shape) for _ in range(3)), empty(*shape)],
        reference,
        library,
    )


def convolution(images, layer):
    channels, height, filters, taps, stride = layer
    pad = taps // 2
    width = (height + 2 * pad - taps) // stride + 1  # of the result, and its height
    pixels, depth = images * width * width, channels * taps * taps

    def views(x, w):  # [N, C, H, W] and [K, C, R, S], channels last
        return x.permute(0, 3, 1, 2), w.view(filters, taps, taps, channels).permute(0, 3, 1, 2)

    def reference(x, w):
        x, w = (each.float() for each in views(x, w))
        columns = functional.unfold(x, taps, padding=pad, stride=stride)  # [N, C R S, P Q]
        return (w.reshape(filters, depth) @ columns).transpose(1, 2).reshape(pixels, filters)

    return Problem(
        "convolution",
        f"{images}x{channels}x{height}x{height} {filters} {taps}x{taps}/{stride}",
        2 * pixels * filters * depth,
        persistent(math.ceil(pixels / 128) * (filters // 128)),
        (pixels, filters, depth, width * width, width, stride, pad, channels // 64, taps),
        lambda: [normal(images, height, height, channels), normal(filters, depth), empty(pixels, filters)],
        reference,
        lambda x, w: functional.conv2d(*views(x, w), stride=stride, padding=pad),
        (taps, stride, pad),
    )


def product(m, n, k, tile_n):
    return Problem(
        f"gemm_128x{tile_n}",
        f"{m}x{n}x{k}",
        2 * m * n * k,
        persistent(math.ceil(m / 128) * (n // tile_n)),
        (m, n, k),
        lambda: [normal(m, k), normal(n, k), empty(m, n)],
        lambda a, b: a.double() @ b.double().T,
    )


def everything():
    yield from (attention(*sizes) for sizes in ATTENTIONS)
    yield from (convolution(images, layer) for images in (32, 128) for layer in LAYERS)
    yield from (product(*sizes, tile_n) for sizes in PRODUCTS for tile_n in (256, 192, 128) if sizes[1] % tile_n == 0)
