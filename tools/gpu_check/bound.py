# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An engine with its inputs and outputs in device memory, so that a run is one call of the C ABI and nothing else is timed.

The Python package allocates outputs for each call; this is what a C program would do instead.
"""

import ctypes
from ctypes import POINTER, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

DEVICE = 1  # TENON_DEVICE


class Tensor(ctypes.Structure):
    """tenon_tensor."""

    _fields_ = [
        ("size", c_size_t),
        ("data", c_void_p),
        ("bytes", c_size_t),
        ("type", c_int32),
        ("rank", c_uint32),
        ("dims", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("memory", c_int32),
    ]


class RunOptions(ctypes.Structure):
    """tenon_run_options."""

    _fields_ = [("size", c_size_t), ("stream", c_void_p), ("cancel", c_void_p), ("is_async", c_int32)]


class Stats(ctypes.Structure):
    """tenon_context_stats."""

    _fields_ = [("size", c_size_t)] + [
        (name, c_uint64)
        for name in (
            *("arena_bytes", "live_bytes", "pool_bytes", "scratch_bytes", "bindings", "allocations", "runs"),
            *("launches", "graph_launches", "graphs", "graph_updates", "waits"),
        )
    ]


class BoundRun:
    """Callable: enqueues one run on the stream of `gpu`. Inputs are uploaded once."""

    def __init__(self, engine, feeds, gpu):
        from tenon import _dtypes, _libraries
        from tenon.engine import check

        # A handle of our own, since types of functions are the handle's.
        self._library = ctypes.CDLL(str(_libraries.find("libtenon_runtime.so")))
        self._check, self._engine, self._context = check, engine, c_void_p()
        self._status("tenon_context_create", engine._handle, None, ctypes.byref(self._context))
        self._run = self._library.tenon_context_run
        self._run.restype = c_void_p
        self._options = ctypes.byref(RunOptions(ctypes.sizeof(RunOptions), gpu.stream, None, 1))
        self._memory = [gpu.upload(feeds[info.name]) for info in engine.inputs]
        for index, array in enumerate(self._memory):
            dims = (c_int64 * len(array.shape))(*array.shape)
            kind = _dtypes.to_type(array.dtype)
            tensor = Tensor(ctypes.sizeof(Tensor), array.address, array.nbytes, kind, len(array.shape), dims, None, DEVICE)
            self._status("tenon_context_bind_input", self._context, c_size_t(index), ctypes.byref(tensor))
        self._status("tenon_context_prepare", self._context, None, c_size_t(0))
        for index, info in enumerate(engine.outputs):
            if not info.data_dependent:
                self._bind_output(index, info, gpu)

    def _status(self, name, *arguments):
        function = getattr(self._library, name)
        function.restype = c_void_p
        self._check(function(*arguments))

    def _bind_output(self, index, info, gpu):
        tensor = Tensor(ctypes.sizeof(Tensor), memory=DEVICE)
        self._status("tenon_context_output", self._context, c_size_t(index), ctypes.byref(tensor))
        array = gpu.array(tuple(tensor.dims[: tensor.rank]), info.dtype)
        self._memory.append(array)
        memory = c_int32(DEVICE), c_void_p(array.address), c_size_t(array.nbytes)
        self._status("tenon_context_bind_output_memory", self._context, c_size_t(index), *memory)

    def __call__(self):
        status = self._run(self._context, self._options)
        if status:
            self._check(status)

    def stats(self):
        stats = Stats(ctypes.sizeof(Stats))
        self._status("tenon_context_get_stats", self._context, ctypes.byref(stats))
        return stats

    def __del__(self):
        if self._context:
            self._library.tenon_context_release(self._context)
