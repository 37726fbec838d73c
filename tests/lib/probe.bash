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

# probe_found NAME...: gathers in found.json what these services found, as soon as
# all have told it. It is mirrored to the kernel log, in pieces of 512 bytes.
probe_found() {
	local deadline=$((SECONDS + 30 * MACHINE_PATIENCE))
	until probe_gather "$@"; do
		if [ $SECONDS -gt "$deadline" ]; then
			cat found.json
			echo "these have not told all: $*"
			return 1
		fi
		sleep 0.3
	done
}

probe_gather() {
	python3 - "$MACHINE_LOG" "$@" >found.json <<-'EOF2'
		import json, re, sys
		names = sys.argv[2:]
		text = dict.fromkeys(names, "")
		for line in open(sys.argv[1], errors="replace").read().replace("\r", "").split("\n"):
		    # Behind what a program is writing.
		    match = re.search(r"\[ *[0-9]+\.[0-9]{6}\] (\w+): (.*)", line)
		    if match and match[1] in names:
		        text[match[1]] += match[2]
		whole = True
		for one in text.values():
		    print(one)
		    try:
		        json.loads(one)
		    except ValueError:
		        whole = False
		sys.exit(not whole)
	EOF2
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
