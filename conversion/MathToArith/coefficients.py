#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints Coefficients.h: the polynomials of the math library, near-minimax fits (Chebyshev interpolation at 60 digits, by mpmath).

Each row: name, function of the reduced argument, interval, degree for float32, degree for float64. Needs mpmath 1.3.
"""

import mpmath
from mpmath import mpf

mpmath.mp.dps = 60


def series(function, count=40):
    """The Taylor coefficients at 0, so that quotients like (exp(r) - 1 - r) / r^2 need no cancelling division near 0."""
    return mpmath.taylor(function, 0, count)


def quotient(function, first, step):
    """z -> sum of c[first + step * i] z^i for the Taylor coefficients c of an odd, even or general function."""
    terms = series(function, 90)[first::step]
    return lambda z: mpmath.fsum(c * z**i for i, c in enumerate(terms))


HALF_LN2 = mpmath.log(2) / 2 + mpf("0.001")
TAN_EIGHTH = (mpmath.tan(mpmath.pi / 8) + mpf("0.0001")) ** 2
LOG_LIMIT = ((mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1) + mpf("0.0001")) ** 2


def log_erfc(u):
    """log(erfc(t)) / t for t = 3.5 + 2.5 u: without the division the value at t = 1 would be a small sum of large terms."""
    t = mpf("3.5") + mpf("2.5") * u
    return mpmath.log(mpmath.erfc(t)) / t


def log_ratio(s):
    return mpmath.log((1 + s) / (1 - s))


def erf_excess(z):
    """erf(x) / x - 1 for z = x^2."""
    return mpmath.erf(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1 if z else 2 / mpmath.sqrt(mpmath.pi) - 1


ROWS = [
    ("Exp", "exp(r) = 1 + r + r^2 p(r)", quotient(mpmath.exp, 2, 1), -HALF_LN2, HALF_LN2, 4, 10),
    (
        "Log",
        "log((1 + s) / (1 - s)) = 2 s + s z p(z), z = s^2",
        quotient(log_ratio, 3, 2),
        0,
        LOG_LIMIT,
        3,
        7,
    ),
    ("Sin", "sin(r) = r + r z p(z), z = r^2", quotient(mpmath.sin, 3, 2), 0, (mpmath.pi / 4) ** 2 + mpf("0.001"), 3, 6),
    ("Cos", "cos(r) = 1 - z / 2 + z^2 p(z), z = r^2", quotient(mpmath.cos, 4, 2), 0, (mpmath.pi / 4) ** 2 + mpf("0.001"), 3, 6),
    ("Atan", "atan(t) = t + t z p(z), z = t^2", quotient(mpmath.atan, 3, 2), 0, TAN_EIGHTH, 5, 14),
    ("Asin", "asin(t) = t + t z p(z), z = t^2", quotient(mpmath.asin, 3, 2), 0, mpf("0.25"), 6, 15),
    (
        "Erf",
        "erf(x) = x + x p(z), z = x^2",
        erf_excess,
        0,
        mpf(1),
        7,
        14,
    ),
    ("LogErfc", "log(erfc(t)) = t p((t - 3.5) / 2.5)", log_erfc, -1, 1, 11, 22),
]


def fit(function, low, high, degree):
    """Coefficients, lowest first."""
    return list(reversed(mpmath.chebyfit(function, [low, high], degree + 1)))


print("""// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Printed by coefficients.py. Polynomials of the math library, lowest coefficient first.
#ifndef TENON_CONVERSION_MATHTOARITH_COEFFICIENTS_H
#define TENON_CONVERSION_MATHTOARITH_COEFFICIENTS_H

namespace tenon::coefficients {""")
for name, text, function, low, high, short, long in ROWS:
    print(f"\n/// {text}")
    for suffix, degree in (("32", short), ("64", long)):
        numbers = [mpmath.nstr(c, 20, min_fixed=-4, max_fixed=4) for c in fit(function, low, high, degree)]
        line = f"constexpr double k{name}{suffix}[] = {{"
        body = ""
        for number in numbers:
            if len(line) + len(number) > 130:
                body += line + "\n"
                line = "    "
            line += number + ", "
        print(body + line.rstrip(", ") + "};")
# Bits enough for the greatest float64 and 190 below its last one.
mpmath.mp.prec = 1400
bits = int(mpmath.floor(2 / mpmath.pi * mpf(2) ** (19 * 64)))
words = [f"0x{bits >> 64 * (18 - i) & (1 << 64) - 1:016x}" for i in range(19)]
print("""
/// The bits of 2 / pi behind the point, highest first, behind a word of zeros.
constexpr unsigned long long kTwoOverPiBits[] = {0x0,""")
for i in range(0, 19, 5):
    print("    " + ", ".join(words[i : i + 5]) + ("," if i + 5 < 19 else "};"))
print("""
} // namespace tenon::coefficients

#endif // TENON_CONVERSION_MATHTOARITH_COEFFICIENTS_H""")
