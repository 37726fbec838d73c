# SPDX-License-Identifier: Apache-2.0
# tests/guest/probe.c in a guest, and questions about what it found there.

# probe_box: the package ./box, whose only program is the probe.
probe_box() {
	mkdir box
	musl-gcc -std=gnu11 -D_GNU_SOURCE -Os -static -s "$ROOT/tests/guest/probe.c" -o box/probe
	cat >box/build.yml <<-'EOF2'
		image: test-probe
		contents:
		  files:
		    - {path: bin/probe, source: probe, mode: "0755"}
		    - {path: open/there, contents: "x", mode: "0666"}
		    - {path: tmp, directory: true, mode: "1777"}
		    - {path: run, directory: true, mode: "0755"}
	EOF2
}

# probe_found NAME...: gathers in found.json what these services found. It is
# mirrored to the kernel log, in pieces of 512 bytes.
probe_found() {
	python3 - "$MACHINE_LOG" "$@" >found.json <<-'EOF2'
		import re, sys
		text = {}
		for line in open(sys.argv[1], errors="replace").read().replace("\r", "").split("\n"):
		    match = re.match(r"\[ *[0-9.]+\] (\w+): (.*)", line)
		    if match and match[1] in sys.argv[2:]:
		        text[match[1]] = text.get(match[1], "") + match[2]
		for one in text.values():
		    print(one)
	EOF2
	jq -e . <found.json >/dev/null || { cat found.json; return 1; }
}

# is SERVICE FILTER TEXT
is() {
	local got
	got=$(jq -r --arg tag "$1" "select(.tag == \$tag) | $2" found.json)
	[ "$got" = "$3" ] || {
		echo "$1: $2 is '$got', not '$3'"
		return 1
	}
}
