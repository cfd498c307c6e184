# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loading and launching of the kernels through the CUDA driver, with the tensor maps that they want. PyTorch holds memory and streams."""

import ctypes
import functools

import torch

U32, U64 = ctypes.c_uint32, ctypes.c_uint64
MAX_DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
# CUtensorMapDataType by element
MAP_TYPES = {"f16": 6, "bf16": 9, "f32": 7, "i8": 0, "i32": 3, "f8E4M3FN": 0, "f8E5M2": 0}
SWIZZLES = {0: 0, 32: 1, 64: 2, 128: 3}  # CUtensorMapSwizzle by bytes
L2_256B = 3


@functools.cache
def library():
    torch.cuda.init()
    torch.empty(1, device="cuda")
    return ctypes.CDLL("libcuda.so.1")


def check(status):
    if status:
        raise RuntimeError(f"CUDA driver error {status}")


def tensor_map(tensor, box):
    """The map of a contiguous tensor of box["rank"] dims, or of the two innermost of a matrix."""
    shape = list(tensor.shape)[::-1]
    strides = [tensor.element_size() * stride for stride in tensor.stride()[::-1]][1:]
    return map_of(tensor.data_ptr(), shape, strides, box)


def map_of(address, shape, strides, box):
    """The same of memory: elements along each dim, bytes along all but the innermost, which comes first."""
    rank = box["rank"]
    boxes = [box["columns"], box["rows"], *[1] * (rank - 2)]
    buffer = ctypes.create_string_buffer(128 + 64)
    place = (ctypes.addressof(buffer) + 63) & ~63
    check(
        library().cuTensorMapEncodeTiled(
            ctypes.c_void_p(place),
            MAP_TYPES[box["element"]],
            rank,
            ctypes.c_void_p(address),
            (U64 * rank)(*shape),
            (U64 * (rank - 1))(*strides),
            (U32 * rank)(*boxes),
            (U32 * rank)(*[1] * rank),
            0,
            SWIZZLES[box["swizzle"]],
            L2_256B,
            0,
        )
    )
    return (ctypes.c_char * 128).from_buffer_copy(ctypes.string_at(place, 128))


class LaunchAttribute(ctypes.Structure):
    """CUlaunchAttribute with an int as value: this launch may start before the one before it ends (programmatic dependent launch)."""

    _fields_ = [("id", ctypes.c_uint32), ("pad", ctypes.c_char * 4), ("value", ctypes.c_int32), ("rest", ctypes.c_char * 60)]


class LaunchConfig(ctypes.Structure):
    """CUlaunchConfig."""

    _fields_ = [
        ("grid", ctypes.c_uint32 * 3),
        ("block", ctypes.c_uint32 * 3),
        ("shared", ctypes.c_uint32),
        ("stream", ctypes.c_void_p),
        ("attributes", ctypes.c_void_p),
        ("count", ctypes.c_uint32),
    ]


PROGRAMMATIC = LaunchAttribute(6, b"", 1, b"")


class Function:
    """A kernel of a cubin."""

    def __init__(self, path, row):
        self.row = row
        module, self.handle = ctypes.c_void_p(), ctypes.c_void_p()
        check(library().cuModuleLoad(ctypes.byref(module), str(path).encode()))
        check(library().cuModuleGetFunction(ctypes.byref(self.handle), module, row["symbol"].encode()))
        check(library().cuFuncSetAttribute(self.handle, MAX_DYNAMIC_SHARED, row["shared_bytes"]))

    def launcher(self, grid, arguments, early=True):
        """A callable that launches on PyTorch's stream; `arguments` are ctypes values and stay alive with it. An early launch may start
        before the one before it ends: the kernel waits itself."""
        pointers = (ctypes.c_void_p * len(arguments))(*[ctypes.addressof(value) for value in arguments])
        block = (self.row["threads"], 1, 1)

        def launch(keep=arguments):
            config = LaunchConfig(
                grid, block, self.row["shared_bytes"], torch.cuda.current_stream().cuda_stream, ctypes.addressof(PROGRAMMATIC), int(early)
            )
            check(library().cuLaunchKernelEx(ctypes.byref(config), self.handle, pointers, None))

        return launch


class Program:
    """Launches of kernels of a cubin, one after the other, with the parameters of runtime/engine/KernelAbi.h."""

    def __init__(self, path, row):
        self.row = row
        self.functions = [Function(path, launch) for launch in row["launches"]]

    def launcher(self, tensors):
        """The same for operands by name; buffers between the launches are its own."""
        sizes = self.row["temporaries"]
        memory = tensors | {name: torch.empty(size, dtype=torch.uint8, device="cuda") for name, size in sizes.items()}
        launches = []
        for function in self.functions:
            row, scratch = function.row, 0  # 0: shared memory
            buffers = [memory[name].data_ptr() for name in row["buffers"]]
            values = (*buffers, *row["scalars"], row["grid"], scratch, row["shared_bytes"])
            maps = [map_of(buffers[each["buffer"]], each["sizes"], each["strides"], each["box"]) for each in row["maps"]]
            launches.append(function.launcher((blocks_of(row), 1, 1), [*map(U64, values), *maps], early=row["early"]))

        def launch(keep=memory):
            for each in launches:
                each()

        return launch


def blocks_of(launch):
    """As many as it has workgroups, of a persistent kernel no more than there is room for."""
    if not launch["persistent"]:
        return launch["grid"]
    processors = torch.cuda.get_device_properties(0).multi_processor_count
    return min(launch["grid"], processors // launch["cluster"] * launch["cluster"])


def load(path, row):
    return (Program if row["kind"] == "program" else Function)(path, row)
