# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The peer: cuBLASLt, loaded at run time, with every algorithm that its heuristic proposes."""

import ctypes
import functools

import torch

CANDIDATES = 32
WORKSPACE = 32 << 20
TYPES = {torch.float16: 2, torch.bfloat16: 14, torch.float32: 0, torch.int8: 3, torch.int32: 10, torch.float8_e4m3fn: 28}  # cudaDataType
COMPUTE_F32, COMPUTE_TF32, COMPUTE_I32 = 68, 77, 72
DESC_TRANSA, DESC_TRANSB, DESC_EPILOGUE, DESC_BIAS, DESC_FAST_ACCUMULATION = 3, 4, 7, 8, 25
DESC_SCALES_A, DESC_SCALES_B, DESC_SCALE_MODE_A, DESC_SCALE_MODE_B = 17, 18, 31, 32
OUTER_VECTORS = 3  # a scale for each row of A and each column of B
LAYOUT_BATCH, LAYOUT_STRIDE = 5, 6
PREFERENCE_WORKSPACE = 1
# cublasLtEpilogue_t. A residual is the library's C, added to the product with beta = 1.
EPILOGUES = {"": 1, "bias": 4, "bias+gelu_tanh": 36, "bias+residual": 4, "scale_rows+scale_columns": 1}


class Heuristic(ctypes.Structure):
    _fields_ = [
        ("algo", ctypes.c_uint64 * 8),
        ("workspace", ctypes.c_size_t),
        ("state", ctypes.c_int),
        ("waves", ctypes.c_float),
        ("reserved", ctypes.c_int * 4),
    ]


@functools.cache
def library():
    for name in ("libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise RuntimeError("cuBLASLt is not installed")


@functools.cache
def handle():
    value = ctypes.c_void_p()
    check(library().cublasLtCreate(ctypes.byref(value)))
    return value


@functools.cache
def workspace():
    return torch.empty(WORKSPACE, dtype=torch.uint8, device="cuda")


def version():
    library().cublasLtGetVersion.restype = ctypes.c_size_t
    return library().cublasLtGetVersion()


def check(status):
    if status:
        raise RuntimeError(f"cuBLASLt error {status}")


def layout(tensor, rows, columns):
    value = ctypes.c_void_p()
    leading = tensor.stride(-2)
    check(
        library().cublasLtMatrixLayoutCreate(
            ctypes.byref(value), TYPES[tensor.dtype], ctypes.c_uint64(rows), ctypes.c_uint64(columns), ctypes.c_int64(leading)
        )
    )
    if tensor.dim() == 3:
        check(
            library().cublasLtMatrixLayoutSetAttribute(
                value, LAYOUT_BATCH, ctypes.byref(ctypes.c_int32(tensor.shape[0])), ctypes.c_size_t(4)
            )
        )
        check(
            library().cublasLtMatrixLayoutSetAttribute(
                value, LAYOUT_STRIDE, ctypes.byref(ctypes.c_int64(tensor.stride(0))), ctypes.c_size_t(8)
            )
        )
    return value


class Product:
    """Row-major C = A * B^T as cuBLAS sees it: column-major C^T = B * A^T."""

    def __init__(self, case, a, b, c, epilogue, extra):
        is_integer = a.dtype == torch.int8
        compute = {"i8": COMPUTE_I32, "tf32": COMPUTE_TF32}.get(case.element, COMPUTE_F32)
        self.integer = is_integer
        self.desc = ctypes.c_void_p()
        check(
            library().cublasLtMatmulDescCreate(ctypes.byref(self.desc), compute, TYPES[torch.int32] if is_integer else TYPES[torch.float32])
        )
        self.set(DESC_TRANSA, ctypes.c_int32(0 if case.transpose_b else 1))
        self.set(DESC_TRANSB, ctypes.c_int32(1 if case.transpose_a else 0))
        if a.dtype == torch.float8_e4m3fn:
            self.set(DESC_FAST_ACCUMULATION, ctypes.c_int8(not case.promoted))
        if "bias" in extra:
            self.set(DESC_EPILOGUE, ctypes.c_int32(EPILOGUES[epilogue]))
            self.set(DESC_BIAS, ctypes.c_void_p(extra["bias"][0].data_ptr()))
        for step, pointer, mode in (("scale_columns", DESC_SCALES_A, DESC_SCALE_MODE_A), ("scale_rows", DESC_SCALES_B, DESC_SCALE_MODE_B)):
            if step in extra:
                self.set(mode, ctypes.c_int32(OUTER_VECTORS))
                self.set(pointer, ctypes.c_void_p(extra[step][0].data_ptr()))
        self.b = layout(b, b.shape[-1], b.shape[-2])
        self.a = layout(a, a.shape[-1], a.shape[-2])
        self.c = layout(c, c.shape[-1], c.shape[-2])

    def set(self, attribute, value):
        check(library().cublasLtMatmulDescSetAttribute(self.desc, attribute, ctypes.byref(value), ctypes.c_size_t(ctypes.sizeof(value))))

    def algorithms(self):
        preference, found = ctypes.c_void_p(), ctypes.c_int()
        check(library().cublasLtMatmulPreferenceCreate(ctypes.byref(preference)))
        check(
            library().cublasLtMatmulPreferenceSetAttribute(
                preference, PREFERENCE_WORKSPACE, ctypes.byref(ctypes.c_uint64(WORKSPACE)), ctypes.c_size_t(8)
            )
        )
        results = (Heuristic * CANDIDATES)()
        status = library().cublasLtMatmulAlgoGetHeuristic(
            handle(), self.desc, self.b, self.a, self.c, self.c, preference, CANDIDATES, results, ctypes.byref(found)
        )
        return [] if status else [result for result in results[: found.value] if result.state == 0]

    def launcher(self, algorithm, a, b, c, added=None):
        number = ctypes.c_int32 if self.integer else ctypes.c_float
        alpha, beta, source = number(1), number(0 if added is None else 1), c if added is None else added

        def launch(keep=(self, a, b, c, source)):
            stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
            pointer = [ctypes.c_void_p(tensor.data_ptr()) for tensor in (b, a, source, c)]
            check(
                library().cublasLtMatmul(
                    handle(), self.desc, ctypes.byref(alpha), pointer[0], self.b, pointer[1], self.a, ctypes.byref(beta), pointer[2], self.c, pointer[3], self.c,
                    ctypes.byref(algorithm.algo), ctypes.c_void_p(workspace().data_ptr()), ctypes.c_size_t(WORKSPACE), stream,
                )
            )  # fmt: skip

        return launch
