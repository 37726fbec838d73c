# SPDX-License-Identifier: Apache-2.0
"""What the stand-ins for hypervisors share. Each of them reads its arguments as
the program whose name it has documents them, refuses what that does not know,
and boots the machine it was told of in QEMU, with the console at the same place.
"""
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time


def refuse(what):
    print(f"{os.path.basename(sys.argv[0])}: {what}", file=sys.stderr)
    sys.exit(64)


def flags(text, known, where):
    """"a=1,b" as a dictionary; a key that is not known is refused."""
    found = {}
    for part in text.split(",") if text else []:
        key, equals, value = part.partition("=")
        if key not in known:
            refuse(f"{where}: unknown key '{key}'")
        found[key] = value if equals else True
    return found


def options(words, single, several=(), alone=()):
    """Options with one value, several, or none; the rest is positional."""
    found, rest, i = {}, [], 0
    while i < len(words):
        word = words[i]
        i += 1
        if not word.startswith("-"):
            rest.append(word)
        elif word in alone:
            found[word] = True
        elif word in single and i < len(words):
            found.setdefault(word, []).append(words[i])
            i += 1
        elif word in several:
            while i < len(words) and not words[i].startswith("-"):
                found.setdefault(word, []).append(words[i])
                i += 1
        else:
            refuse(f"unknown option '{word}'")
    return found, rest


def need_file(path, magic=None, offset=0):
    try:
        with open(path, "rb") as file:
            file.seek(offset)
            head = file.read(len(magic or b""))
    except OSError as error:
        refuse(f"{path}: {error.strerror}")
    if magic and head != magic:
        refuse(f"{path}: not of the kind that can be started")
    return path


def dies_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def connected(path):
    """A connection to QEMU, which is there soon: its socket comes first, and is
    listened to a little later."""
    for _ in range(200):
        talk = socket.socket(socket.AF_UNIX)
        try:
            talk.connect(path)
            return talk
        except (FileNotFoundError, ConnectionRefusedError):
            talk.close()
            time.sleep(0.05)
    raise ConnectionRefusedError(path)


class Machine:
    """A machine in QEMU, to be asked for things while it runs."""

    def __init__(self, memory, cpus):
        self.folder = tempfile.mkdtemp(prefix="standin-")
        self.qmp_path = os.path.join(self.folder, "qmp")
        self.words = [
            "qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max",
            "-m", str(memory), "-smp", str(cpus), "-nodefaults",
            "-no-user-config", "-display", "none",
            "-qmp", f"unix:{self.qmp_path},server=on,wait=off"]
        self.drives = 0

    def add(self, *words):
        self.words += words

    def linux(self, kernel, initrd, cmdline):
        self.add("-kernel", need_file(kernel), "-append", cmdline)
        if initrd:
            self.add("-initrd", need_file(initrd))

    def drive(self, path, kind="virtio-blk-pci", form="raw", read_only=False):
        name = f"d{self.drives}"
        self.drives += 1
        self.add("-drive", f"if=none,id={name},format={form},"
                 f"file={need_file(path).replace(',', ',,')}"
                 + (",readonly=on" if read_only else ""))
        self.add("-device", f"{kind},drive={name}"
                 + (",bootindex=0" if name == "d0" else ""))

    def serial(self, chardev="stdio,id=console,signal=off"):
        self.add("-chardev", chardev, "-serial", "chardev:console")

    def virtio_console(self):
        self.add("-chardev", "stdio,id=console,signal=off", "-device",
                 "virtio-serial-pci", "-device", "virtconsole,chardev=console")

    def ask(self, command, **arguments):
        """What QEMU returns; nothing when it hangs up."""
        talk = connected(self.qmp_path)
        lines = talk.makefile("rw")
        said = {}
        for request in ({"execute": "qmp_capabilities"},
                        {"execute": command, "arguments": arguments}):
            lines.write(json.dumps(request) + "\n")
            lines.flush()
            said = {}
            while not said.keys() & {"return", "error"}:  # events come in between
                line = lines.readline()
                if not line:
                    return None
                said = json.loads(line)
        return said.get("return")

    def link_terminal(self, path):
        """The console is a terminal that this link leads to, once it is there."""
        def wait():
            for char in self.ask("query-chardev") or []:
                if char["label"] == "console":
                    os.symlink(char["filename"].removeprefix("pty:"), path)

        self.serial("pty,id=console")
        threading.Thread(target=wait, daemon=True).start()

    def power_button(self):
        self.ask("system_powerdown")

    def end_by_reset(self):
        """A reset ends it, a power-off does not."""
        path = os.path.join(self.folder, "events")
        self.add("-qmp", f"unix:{path},server=on,wait=off", "-no-shutdown")

        def loop():
            talk = connected(path)
            lines = talk.makefile("rw")
            lines.write('{"execute": "qmp_capabilities"}\n')
            lines.flush()
            for line in lines:
                said = json.loads(line)
                if said.get("event") == "RESET" and said["data"]["guest"]:
                    lines.write('{"execute": "quit"}\n')
                    lines.flush()

        threading.Thread(target=loop, daemon=True).start()

    def run(self):
        """To its end, in the foreground; ends this program with its status."""
        process = subprocess.Popen(self.words, preexec_fn=dies_with_parent)
        status = process.wait()
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        os.rmdir(self.folder)
        sys.exit(status)


def serve_http(path, answer):
    """Answers requests at a socket: answer(method, path, body) is a status."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)  # fails when something is there already
    listening.listen(4)

    def loop():
        while True:
            talk, _ = listening.accept()
            data = b""
            while b"\r\n\r\n" not in data:
                data += talk.recv(4096)
            head, _, body = data.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            size = next((int(line.split(":")[1]) for line in lines
                         if line.lower().startswith("content-length")), 0)
            while len(body) < size:
                body += talk.recv(4096)
            method, where, _ = lines[0].split()
            status = answer(method, where, body.decode())
            talk.sendall(f"HTTP/1.1 {status} said\r\n"
                         "Content-Length: 0\r\n\r\n".encode())
            talk.close()

    threading.Thread(target=loop, daemon=True).start()
