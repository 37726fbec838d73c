# SPDX-License-Identifier: Apache-2.0
"""Disks from parts that are packed already: what they cost beyond the parts.

A build with a disk and one without differ by the disk. The references are what
anybody has to do who has such a disk: copy it, and convert it.
"""
import os

RUNS = 7


def least(cost, argv):
    """Differences of medians drown in what else the machine does."""
    return min(cost(argv).seconds for _ in range(RUNS))


def measure(table, build, out, cost):
    def added(form):
        return least(cost, build("kernel+initrd," + form)) - parts

    cost(build("kernel+initrd,raw,qcow2"))  # packs what is not packed
    parts = least(cost, build("kernel+initrd"))
    raw, qcow2 = added("raw"), added("qcow2")
    disk, copy = (os.path.join(out, name) for name in ("bench.img", "copy"))
    copied = least(cost, ["cp", "--sparse=always", disk, copy])
    converted = least(
        cost, ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk, copy])
    table.compare("format raw, beyond its parts", raw, copied,
                  "cp --sparse=always of it", 1.5)
    table.compare("format qcow2, beyond its parts", qcow2, converted,
                  "qemu-img convert", 1)
