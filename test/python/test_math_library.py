# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The math library against numpy in longer floats: greatest error in units in the last place, and special values.

The bounds are those that conversion/MathToArith/Passes.td states.
"""

import math

import numpy as np
import pytest
from kernel_harness import build, call

FUNCTIONS = "exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh erf".split()
NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}
BOUND = {"exp": 1.1, "exp2": 1.1, "log": 1.1, "tan": 3.5} | dict.fromkeys("log2 log1p expm1 sin cos acos".split(), 1.75)
DTYPES = {"f32": np.float32, "f64": np.float64}

LOOP = """
func.func @{name}(%x: memref<?x{t}>, %y: memref<?x{t}>, %z: memref<?x{t}>) {{
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = memref.dim %x, %zero : memref<?x{t}>
  scf.for %i = %zero to %n step %one {{
    %a = memref.load %x[%i] : memref<?x{t}>
    %b = memref.load %y[%i] : memref<?x{t}>
    %c = {op} : {t}
    memref.store %c, %z[%i] : memref<?x{t}>
  }}
  return
}}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    text = ""
    for t in DTYPES:
        for name in FUNCTIONS:
            text += LOOP.format(name=f"{name}_{t}", t=t, op=f"math.{name} %a")
        text += LOOP.format(name=f"pow_{t}", t=t, op="math.powf %a, %b")
        text += LOOP.format(name=f"fmod_{t}", t=t, op="arith.remf %a, %b")
    return build(text, tmp_path_factory.mktemp("math"), [])


def run(library, name, x, y=None):
    result = np.empty_like(x)
    call(library, name, [x, x if y is None else y, result], [])
    return result


def inputs(dtype, seed=0):
    """Every binade of the type, both signs, and the neighbourhoods of 0 and 1."""
    random = np.random.default_rng(seed)
    info = np.finfo(dtype)
    exponents = np.linspace(info.minexp - 2, info.maxexp - 1, 40001)
    wide = np.exp2(exponents) * random.uniform(0.5, 1, exponents.size)
    near = [random.uniform(-limit, limit, 20000) for limit in (1, 20, 110, 1e5)]
    near += [1 + random.uniform(-limit, limit, 10000) for limit in (0.5, 1e-3)]
    near = np.concatenate(near)
    return np.ascontiguousarray(np.concatenate([wide, -wide, near]).astype(dtype))


def reference(name, x):
    with np.errstate(all="ignore"):
        if name == "erf":
            return np.array([math.erf(v) for v in x.astype(np.float64)])
        longer = np.float64 if x.dtype == np.float32 else np.longdouble
        return getattr(np, NUMPY.get(name, name))(x.astype(longer))


def ulps(actual, expected, dtype):
    """Errors where the reference is finite in `dtype`; infinities, NaN and what rounds to them must agree."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(dtype)
    special = ~np.isfinite(rounded)
    same = (np.isnan(actual) & np.isnan(rounded)) | (actual == rounded)
    info = np.finfo(dtype)
    near_limit = np.abs(expected) > info.max * (1 - 1e-6 if dtype == np.float32 else 1 - 1e-14)
    assert np.all(same | near_limit | ~special), (actual[special & ~same & ~near_limit][:5], expected[special & ~same & ~near_limit][:5])
    with np.errstate(all="ignore"):
        spacing = np.maximum(np.spacing(np.abs(rounded)), info.smallest_subnormal).astype(expected.dtype)
        error = np.abs(actual.astype(expected.dtype) - expected) / spacing
    return np.where(special | near_limit, 0, error)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("t", DTYPES)
def test_error(library, name, t):
    x = inputs(DTYPES[t])
    error = ulps(run(library, f"{name}_{t}", x), reference(name, x), DTYPES[t])
    worst = int(np.argmax(error))
    assert error[worst] <= BOUND.get(name, 2.75), f"{error[worst]} ulp at {x[worst]!r}"


def test_angles_next_to_multiples_of_a_quarter_turn(library):
    """The hardest large angles: the products of x and 2 / pi that come nearest to whole numbers (Muller's table for float64), and others."""
    x = np.array([6381956970095103 * 2.0**797, 1e22, 2.0**1023, 1e300, 2.0**15, np.nextafter(2.0**15, 0), 5e15, -5e15, 2.0**60], np.float64)
    for name in ("sin", "cos", "tan"):
        error = ulps(run(library, f"{name}_f64", x), reference(name, x), np.float64)
        assert error.max() <= BOUND[name], (name, x[error.argmax()])
    # |x - n pi / 2| of the first is 4.7e-19; a cosine that small has all of its digits.
    assert run(library, "cos_f64", x)[0] == pytest.approx(-4.6871659242546277e-19, rel=1e-15)


@pytest.mark.parametrize("t", DTYPES)
def test_pow(library, t):
    random = np.random.default_rng(1)
    dtype = DTYPES[t]
    span = 120 if t == "f32" else 140
    x = np.concatenate([random.uniform(0, 3, 60000), np.exp2(random.uniform(-span, span, 60000)), -random.uniform(0, 9, 500)]).astype(dtype)
    y = np.concatenate([random.uniform(-40, 40, 60000), random.uniform(-2, 2, 60000), random.integers(-20, 20, 500)]).astype(dtype)
    special = np.array([0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, np.inf, -np.inf, np.nan, 2.5, 1e30, -1e30], dtype)
    x = np.concatenate([x, np.repeat(special, special.size)])
    y = np.concatenate([y, np.tile(special, special.size)])
    longer = np.float64 if t == "f32" else np.longdouble
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(longer), y.astype(longer))
    error = ulps(run(library, f"pow_{t}", x, y), expected, dtype)
    worst = int(np.argmax(error))
    assert error[worst] <= 2, (error[worst], x[worst], y[worst])


@pytest.mark.parametrize("t", DTYPES)
def test_fmod_is_exact(library, t):
    random = np.random.default_rng(2)
    dtype = DTYPES[t]
    span = 126 if t == "f32" else 1000
    x = (np.exp2(random.uniform(-span, span, 20000)) * random.choice([-1, 1], 20000)).astype(dtype)
    y = (np.exp2(random.uniform(-span, span, 20000)) * random.choice([-1, 1], 20000)).astype(dtype)
    special = np.array([0.0, -0.0, 1, -1, 2.5, -7, np.inf, -np.inf, np.nan], dtype)
    x = np.concatenate([x, np.repeat(special, special.size)])
    y = np.concatenate([y, np.tile(special, special.size)])
    with np.errstate(all="ignore"):
        expected = np.fmod(x, y)
    actual = run(library, f"fmod_{t}", x, y)
    wrong = ~((actual == expected) | (np.isnan(actual) & np.isnan(expected)))
    assert not wrong.any(), (x[wrong][:4], y[wrong][:4], actual[wrong][:4], expected[wrong][:4])


def test_zero_keeps_its_sign(library):
    x = np.array([-0.0, 0.0], np.float32)
    for name in "expm1 log1p sin tan asin atan sinh tanh asinh atanh erf".split():
        assert list(np.signbit(run(library, f"{name}_f32", x))) == [True, False], name
