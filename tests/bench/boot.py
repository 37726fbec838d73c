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
HEAD = """\
kernel:
  image: "@pkg:ROOT/kernels/debian-cloud"
  cmdline: "console=ttyS0 nokaslr panic=-1 kit.log_kmsg=1"
init: [INIT]
services:
"""
HELLO = """\
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

# Each waits before it is ready: ten in a row would take ten times as long.
WAITING = """\
  - name: serviceNUMBER
    image: "@pkg:box"
    readonly: true
    runtime: {RUNTIME}
    readiness: {fd: 3, timeout: 60s}
    command: ["/bin/busybox", "sh", "-c", "busybox sleep 0.1; echo >&3;
      echo first-line; exec busybox sleep 100000"]
"""
MANY = 10
MANY_ROWS = [
    ("ten services, no runtime", [], "handler: none", 2),
    ("ten services with containerd", ["runc", "containerd"], "", None),
]


class Bench:
    """A folder with the box, where guests are built and booted."""

    def __init__(self, folder, kitbuild, cache):
        self.folder, self.kitbuild, self.cache = folder, kitbuild, cache
        os.mkdir(os.path.join(folder, "box"))
        shutil.copy(shutil.which("busybox"), os.path.join(folder, "box"))
        self.write("box/build.yml", BOX)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w",
                  encoding="utf-8") as file:
            file.write(text)

    def build(self, packages, services):
        root = os.getcwd()
        init = ", ".join(f'"@pkg:{root}/pkg/{name}"'
                         for name in ["init", *packages])
        self.write("boot.yml", HEAD.replace("INIT", init)
                   .replace("ROOT", root) + services)
        subprocess.run([self.kitbuild, "build", "--cache", self.cache,
                        "--quiet", "--dir", self.folder,
                        os.path.join(self.folder, "boot.yml")], check=True)

    def console(self, what, count=1):
        """The text up to so many lines of services that have this in them."""
        with open(os.path.join(self.folder, "boot-cmdline"),
                  encoding="utf-8") as file:
            cmdline = file.read().strip()
        argv = QEMU + ["-kernel", "boot-kernel", "-initrd", "boot-initrd.img",
                       "-append", cmdline]
        log = os.path.join(self.folder, "boot.log")
        deadline = time.monotonic() + PATIENCE_S
        with open(log, "wb") as out, subprocess.Popen(
                argv, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=out) as machine:
            try:
                while machine.poll() is None and time.monotonic() < deadline:
                    with open(log, encoding="utf-8", errors="replace") as file:
                        text = file.read()
                    if len(re.findall(rf"\w+: {what}.*\n", text)) >= count:
                        return text
                    time.sleep(0.5)
            finally:
                machine.kill()
        raise SystemExit(f"bench: the guest does not come to: {what}")

    def boot(self, packages, services, what, count=1):
        self.build(packages, services)
        return self.console(what, count)


def last_moment(console, what):
    """The kernel's clock at the last line that begins so."""
    found = re.findall(r"^\[ *(\d+\.\d+)\] " + what, console, re.M)
    if not found:
        raise SystemExit(f"bench: the kernel log does not say: {what}")
    return float(found[-1])


def since_init(console, what):
    return last_moment(console, what) - \
        last_moment(console, "Run /init as init process")


def measure_many(table, bench):
    """Until the last of ten services is ready, beside one of them alone."""
    for what, packages, runtime, goal in MANY_ROWS:
        service = WAITING.replace("RUNTIME", runtime)
        took = {}
        for count in (1, MANY):
            services = "".join(service.replace("NUMBER", str(i))
                               for i in range(count))
            console = bench.boot(packages, services, "first-line", count)
            took[count] = since_init(console, r"service\d: first-line")
        table.compare(what, took[MANY], took[1], "one", goal)


def measure(table, kitbuild, scratch, cache):
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        bench = Bench(folder, kitbuild, cache)
        for what, packages, runtime, limit in ROWS:
            console = bench.boot(packages, HELLO.replace("RUNTIME", runtime),
                                 "VmRSS")
            table.limit(what, since_init(console, "hello: first-line"), limit,
                        MILLISECOND)
        resident = int(re.search(r"VmRSS:\s+(\d+) kB", console).group(1)) * 1024
        measure_many(table, bench)
    table.limit("resident memory of process 1", resident, 1 << 20,
                (1024, "KiB"))
