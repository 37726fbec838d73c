# SPDX-License-Identifier: Apache-2.0
"""Disks from parts that are packed already: what they cost beyond the parts.

A build with disks and one without differ by the disks. The two are run in
turn, and the median of the differences is taken, so that what else the machine
does weighs on both. Small costs are those of two formats with the same disk,
halved. The references are what anybody has to do who has such a disk: copy it,
convert it, compress it.
"""
import os
import statistics

RUNS = 9
# What is measured: formats, and the name of the reference.
DISKS = (
    (("raw", "aws"), "cp --sparse=always of it", 1.5),
    (("qcow2", "openstack"), "qemu-img convert", 1),
    (("qcow2-zstd",), "qemu-img convert, zstd", 1),
    (("vmdk",), "qemu-img convert, streamOptimized", 1),
    (("gcp",), "pigz", 0.5),
)


def references(disk, copy):
    convert = ["qemu-img", "convert", "-f", "raw", "-O"]
    return (["cp", "--sparse=always", disk, copy],
            [*convert, "qcow2", disk, copy],
            [*convert, "qcow2", "-c", "-o", "compression_type=zstd", disk,
             copy],
            [*convert, "vmdk", "-o", "subformat=streamOptimized", disk, copy],
            ["pigz", "--keep", "--force", disk])


def measure(table, build, out, cost):
    def seconds(argv):
        return cost(argv).seconds

    def added(forms):
        # A root in a partition would be proved again, and is another tree.
        plain = [*build("kernel+initrd"), "--root", "initrd"]
        more = [*build(",".join(("kernel+initrd", *forms))),
                "--root", "initrd"]
        return statistics.median(seconds(more) - seconds(plain)
                                 for _ in range(RUNS)) / len(forms)

    seconds([*build("kernel+initrd,raw"), "--root", "initrd"])
    disk, copy = (os.path.join(out, name) for name in ("bench.img", "copy"))
    for (forms, of, goal), argv in zip(DISKS, references(disk, copy)):
        reference = statistics.median(seconds(argv) for _ in range(RUNS))
        # Below what a clock of hundredths can tell, it is that.
        table.compare(f"format {forms[0]}, beyond its parts",
                      max(added(forms), 0.001), reference, of, goal)
