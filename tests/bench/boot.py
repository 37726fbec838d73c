# SPDX-License-Identifier: Apache-2.0
"""From the first instruction of /init to the first line of the first service.

QEMU counts instructions, and one is a nanosecond: the figures are those of the
guest's own clock, the same on every machine and at any load. A service's line
comes to the kernel log through the mirror of its log, and what an OCI runtime
or containerd costs by itself is in the limits.
"""
import os
import re
import shutil
import subprocess
import tempfile
import time

QEMU = ["qemu-system-x86_64", "-M", "q35", "-m", "1024", "-accel", "tcg",
        "-icount", "shift=0,sleep=off", "-cpu", "qemu64,+rdrand", "-seed", "1",
        "-rtc", "base=2026-01-01,clock=vm", "-display", "none", "-nodefaults",
        "-serial", "stdio", "-no-reboot"]
PATIENCE_S = 300

BOX = """\
image: bench-box
contents:
  files:
    - {path: bin/busybox, source: busybox, mode: "0755"}
"""
MANIFEST = """\
kernel:
  image: "@pkg:ROOT/kernels/debian-cloud"
  cmdline: "console=ttyS0 nokaslr panic=-1 kit.log_kmsg=1"
init: [INIT]
services:
  - name: hello
    image: "@pkg:box"
    readonly: true
    pid: host
    runtime: {RUNTIME}
    command: ["/bin/busybox", "sh", "-c", "echo first-line;
      busybox grep VmRSS /proc/1/status; exec busybox sleep 100000"]
"""
# What, packages, handler, limit in seconds: 50 ms of our own, and the runtime's.
ROWS = [
    ("boot to a service, no runtime", [], "handler: none", 0.050),
    ("the same with runc", ["runc"], "", 0.050 + 0.067),
    ("the same with containerd", ["runc", "containerd"], "", 0.300),
]
MILLISECOND = (0.001, "ms")


def boot(folder, name):
    """The console's text up to the service's second line."""
    with open(os.path.join(folder, f"{name}-cmdline"), encoding="utf-8") as file:
        cmdline = file.read().strip()
    argv = QEMU + ["-kernel", f"{name}-kernel", "-initrd",
                   f"{name}-initrd.img", "-append", cmdline]
    log = os.path.join(folder, f"{name}.log")
    deadline = time.monotonic() + PATIENCE_S
    with open(log, "wb") as out, subprocess.Popen(
            argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=out) as machine:
        try:
            while machine.poll() is None and time.monotonic() < deadline:
                with open(log, encoding="utf-8", errors="replace") as text:
                    console = text.read()
                if "hello: VmRSS" in console and console.endswith("\n"):
                    return console
                time.sleep(0.5)
        finally:
            machine.kill()
    raise SystemExit(f"bench: {name} does not come to its service")


def moment(console, what):
    found = re.search(r"^\[ *(\d+\.\d+)\] " + re.escape(what), console, re.M)
    if not found:
        raise SystemExit(f"bench: the kernel log does not say: {what}")
    return float(found.group(1))


def measure(table, kitbuild, scratch, cache):
    root = os.getcwd()
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        os.mkdir(os.path.join(folder, "box"))
        shutil.copy(shutil.which("busybox"), os.path.join(folder, "box"))
        with open(os.path.join(folder, "box", "build.yml"), "w",
                  encoding="utf-8") as file:
            file.write(BOX)
        for what, packages, runtime, limit in ROWS:
            init = ", ".join(f'"@pkg:{root}/pkg/{name}"'
                             for name in ["init", *packages])
            manifest = os.path.join(folder, "boot.yml")
            with open(manifest, "w", encoding="utf-8") as file:
                file.write(MANIFEST.replace("INIT", init)
                           .replace("ROOT", root).replace("RUNTIME", runtime))
            subprocess.run([kitbuild, "build", "--cache", cache, "--quiet",
                            "--dir", folder, manifest], check=True)
            console = boot(folder, "boot")
            took = moment(console, "hello: first-line") - \
                moment(console, "Run /init as init process")
            table.limit(what, took, limit, MILLISECOND)
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", console).group(1)) * 1024
    table.limit("resident memory of process 1", resident, 1 << 20,
                (1024, "KiB"))
