#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images for the examples and `vp run` alike, and their outputs side by side.

calibration OUT.npy           four images of numbers in -2 .. 2
ramp PROGRAM.txt OUT.npy      the image whose codes are 0, 1, 2, ..., as examples/plain_bus/platform.h makes it
compare PROGRAM.txt PRINTED OUTPUTS.npy
PROGRAM.txt is what `vp disasm` prints of the program: it names the scales.
"""
import array
import re
import struct
import sys


def port(text, name):
    """Channels, height, width, bits, scale and zero point of `input` or `output`."""
    line = re.search(
        name + r" +(\d+)x(\d+)x(\d+) (\d+) bits (?:un)?signed scale (\S+) zero point (-?\d+)", text)
    return [int(n) for n in line.groups()[:4]] + [float(line[5]), int(line[6])]


def write_npy(path, shape, values):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (tuple(shape),)
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        out.write(array.array("f", values).tobytes())


def read_npy(path):
    data = open(path, "rb").read()
    numbers = array.array("f")
    numbers.frombytes(data[10 + struct.unpack("<H", data[8:10])[0]:])
    return numbers


def compare(program, printed, outputs):
    _, _, _, _, scale, zero = port(program, "output")
    codes = [int(n) for n in re.search(r"^outputs:(.*)$", printed, re.M)[1].split()]
    numbers = read_npy(outputs)
    assert len(codes) == len(numbers) == 10, (codes, numbers)
    assert len(set(codes)) > 5, "outputs that hardly differ prove little"
    for code, number in zip(codes, numbers):
        real = scale * (code - zero)
        assert abs(real - number) <= abs(number) * 2.0**-22 + 1e-9, (code, real, number)
    print("outputs: those of vp run")


if sys.argv[1] == "calibration":
    write_npy(sys.argv[2], (4, 3, 32, 32), [(i * 37 % 401) / 100 - 2 for i in range(4 * 3072)])
elif sys.argv[1] == "ramp":
    c, h, w, bits, scale, zero = port(open(sys.argv[2]).read(), "input")
    top = 1 << min(bits, 7)
    write_npy(sys.argv[3], (1, c, h, w), [scale * (i % top - zero) for i in range(c * h * w)])
else:
    compare(open(sys.argv[2]).read(), open(sys.argv[3]).read(), sys.argv[4])
