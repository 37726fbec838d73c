# SPDX-License-Identifier: Apache-2.0
# Small guests for boot tests: a box with busybox, the head of a manifest, and
# questions about what the console showed.

# guest_box: the package ./box.
guest_box() {
	mkdir box
	cp "$(command -v busybox)" box/busybox
	cat >box/build.yml <<-'EOF2'
		image: test-box
		contents:
		  files:
		    - {path: bin/busybox, source: busybox, mode: "0755"}
		    - {path: bin/sh, symlink: busybox}
		    - {path: tmp, directory: true, mode: "1777"}
		    - {path: run, directory: true, mode: "0755"}
		    - {path: host, directory: true, mode: "0755"}
	EOF2
}

# guest_head PACKAGE...: kernel and init of a manifest.
guest_head() {
	local name
	cat <<-EOF2
		kernel:
		  image: "@pkg:$ROOT/kernels/debian-cloud"
		  cmdline: "console=ttyS0 panic=10"
		init:
		  - "@pkg:$ROOT/pkg/init"
	EOF2
	for name in "$@"; do
		echo "  - \"@pkg:$ROOT/pkg/$name\""
	done
}

# says PATTERN: the console has such a line; else shows what it has.
says() {
	grep -aqE -- "$1" "$MACHINE_LOG" && return
	grep -av '^\[' "$MACHINE_LOG" | tail -60
	echo "nothing says: $1"
	return 1
}

# never_says PATTERN: the console has no such line; else shows those it has.
never_says() {
	if grep -aE -- "$1" "$MACHINE_LOG"; then
		echo "there is: $1"
		return 1
	fi
}

# comes_before TEXT TEXT: of the first lines of the console with each.
comes_before() {
	local first second
	first=$(grep -anF -m1 -- "$1" "$MACHINE_LOG" | cut -d: -f1)
	second=$(grep -anF -m1 -- "$2" "$MACHINE_LOG" | cut -d: -f1)
	[ -n "$first" ] || { echo "nothing says: $1"; return 1; }
	[ -n "$second" ] || { echo "nothing says: $2"; return 1; }
	[ "$first" -lt "$second" ] || { echo "'$1' does not come before '$2'"; return 1; }
}
