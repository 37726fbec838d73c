# SPDX-License-Identifier: Apache-2.0
"""Ten images pulled from a registry on this machine, and made a root tree.

The reference is what any client has to do with the same blobs: hash them and
inflate them, by sha256sum and igzip. The layers hold programs and texts of this
machine, deflated by gzip, each file in one of them.
"""
import itertools
import json
import os
import re
import shutil
import subprocess
import tarfile
import time

IMAGES = 10
LAYERS = 2  # of each
LAYER_BYTES = 16 << 20
SOURCES = ["/usr/bin", "/usr/share/perl", "/usr/lib/python3", "/usr/share/doc"]


def files():
    for source in SOURCES:
        for folder, folders, names in os.walk(source):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path) and \
                   os.access(path, os.R_OK):
                    yield path


def write_layers(folder):
    """Files are dealt out, so that all layers are alike."""
    names = [os.path.join(folder, f"{i:02}.tar")
             for i in range(IMAGES * LAYERS)]
    tars = [tarfile.open(name, "w") for name in names]
    for path, i in zip(files(), itertools.cycle(range(len(tars)))):
        if tars[i].offset < LAYER_BYTES:
            tars[i].add(path)
    for tar in tars:
        tar.close()
    for name in names:
        subprocess.run(["gzip", "-6", "-n", name], check=True)
    return [name + ".gz" for name in names]


class Registry:
    def __init__(self, folder):
        self.log = os.path.join(folder, "registry.log")
        config = os.path.join(folder, "registry.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({
                "version": 0.1,
                "storage": {"filesystem": {
                    "rootdirectory": os.path.join(folder, "registry")}},
                "http": {"addr": "127.0.0.1:0"},
            }, file)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["docker-registry", "serve", config], stdout=log, stderr=log)
        self.host = self.wait()

    def wait(self):
        for _ in range(100):
            with open(self.log, encoding="utf-8") as log:
                found = re.search(r"listening on (127\.0\.0\.1:\d+)",
                                  log.read())
            if found:
                return found.group(1)
            time.sleep(0.1)
        raise SystemExit("bench: the registry does not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def push(folder, layers, host):
    """The names of the images."""
    store = os.path.join(folder, "layout")
    names = []
    for i in range(IMAGES):
        names.append(f"{host}/bench/part{i}:1")
        argv = ["tests/lib/put-image", store, f"part{i}"]
        for layer in layers[i * LAYERS:(i + 1) * LAYERS]:
            argv += ["--layer", layer]
        subprocess.run(argv, check=True)
        subprocess.run(["skopeo", "copy", "--quiet", "--dest-tls-verify=false",
                        f"oci:{store}:part{i}", f"docker://{names[-1]}"],
                       check=True)
    return names


def measure(table, kitbuild, scratch, median, cost):
    folder = os.path.join(scratch, "pull")
    cache = os.path.join(folder, "cache")
    manifest = os.path.join(folder, "ten.yml")
    os.mkdir(folder)
    layers = write_layers(folder)
    with Registry(folder) as registry, open(os.devnull, "wb") as null:
        with open(manifest, "w", encoding="utf-8") as file:
            file.write("init:\n")
            file.writelines(f"  - {name}\n" for name in
                            push(folder, layers, registry.host))

        def run(*argv):
            return cost(list(argv), stdout=null)

        def build():
            return run(kitbuild, "build", "--cache", cache, "--quiet",
                       "--no-sbom", "--format", "tar", "-o", "-", manifest)

        inflated, _ = median(lambda: run("igzip", "-d", "-c", *layers))
        hashed, _ = median(lambda: run("sha256sum", *layers))
        cold, peak = median(
            build, lambda: shutil.rmtree(cache, ignore_errors=True))
        warm, _ = median(build)
    floor = inflated + hashed
    table.compare("pull of ten images and tree", cold, floor,
                  "igzip -d and sha256sum", 1.5)
    table.compare("tree of ten images in the store", warm, floor,
                  "igzip -d and sha256sum", 1.3)
    table.limit("peak memory of the pull", peak, 64 << 20, (1 << 20, "MiB"))
