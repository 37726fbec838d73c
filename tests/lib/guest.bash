# SPDX-License-Identifier: Apache-2.0
# Small guests for boot tests: a box with busybox, the head of a manifest, and
# questions about what the console showed.
load ../lib/machine

# Suites that need more have their own.
setup() {
	guest_folder
	guest_box
}

teardown() {
	machine_kill
}

# guest_folder: the test works in its folder, with the cache of all tests.
guest_folder() {
	export KITBUILD_CACHE=$ROOT/build/cache
	cd "$BATS_TEST_TMPDIR"
}

# guest_crun: the package ./crun.
guest_crun() {
	mkdir crun
	cat >crun/build.yml <<-'EOF2'
		image: test-crun
		contents:
		  debian:
		    packages: [crun]
		    unpack: [crun, libc6, libcap2, libseccomp2, libyajl2, libsystemd0, libgcrypt20, libgpg-error0, liblz4-1, liblzma5, libzstd1]
	EOF2
}

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

# says PATTERN: the console has such a line, or soon has it: a program's line may
# come after one of the kernel's that was written later. Else shows what it has.
says() {
	machine_shows_within -E "$1" 10 && return
	grep -av '^\[' "$MACHINE_LOG" | tail -60
	echo "nothing says: $1"
	return 1
}

# never_says PATTERN: the console has no such line; else shows those it has.
never_says() {
	machine_shows -E "$1" || return 0
	machine_text | grep -aE -e "$1"
	echo "there is: $1"
	return 1
}

# line_of TEXT: the number of the first line of the console with it.
line_of() {
	machine_shows_within -F "$1" 10 || { echo "nothing says: $1" >&2; return 1; }
	machine_text | grep -anF -m1 -e "$1" | cut -d: -f1
}

# comes_before TEXT TEXT: of the first lines of the console with each.
comes_before() {
	local first second
	first=$(line_of "$1") || return 1
	second=$(line_of "$2") || return 1
	[ "$first" -lt "$second" ] || { echo "'$1' does not come before '$2'"; return 1; }
}

# disk_head RUNTIME: the onboot containers begin with one that mounts the data
# disk on /var/data.
disk_head() {
	sed "s|RUNTIME|$1|" <<-'EOF2'
		onboot:
		  - name: disk
		    image: "@pkg:box"
		    RUNTIME
		    capabilities: [all]
		    rootfsPropagation: shared
		    binds: ["/:/host"]
		    command: ["/bin/sh", "-c", "busybox mkdir -p /host/var/data && busybox mount -t ext4 /host/dev/vda /host/var/data"]
	EOF2
}

# data_disk: an empty file system of 64 MiB.
data_disk() {
	rm -f data.img
	truncate -s 64M data.img
	/sbin/mkfs.ext4 -q -F data.img
}

# assert_clean_disk: somebody wrote the file 1 there, and all is well with it.
assert_clean_disk() {
	run -0 /sbin/dumpe2fs -h data.img
	assert_line --regexp '^Filesystem state: +clean$'
	refute_output --partial needs_recovery
	run -0 /sbin/e2fsck -fn data.img
	# It is this disk that was written to.
	run -0 /sbin/debugfs -R "stat /1" data.img
	assert_output --partial "Type: regular"
}

# odd_files: the image oci:layout:odd with what a copy easily loses, below /odd,
# and odd.sh, which shows it.
odd_files() {
	python3 - "$(command -v busybox)" odd.tar <<-'EOF2'
		import io, sys, tarfile
		with tarfile.open(sys.argv[2], "w", format=tarfile.PAX_FORMAT) as tar:
		    def add(name, mode=0o644, data=b"", **more):
		        info = tarfile.TarInfo("odd/" + name)
		        info.mode, info.size, info.mtime = mode, len(data), 1234567890
		        for key, value in more.items():
		            setattr(info, key, value)
		        tar.addfile(info, io.BytesIO(data))
		    # Version 2, effective: CAP_NET_RAW.
		    add("busybox", 0o755, open(sys.argv[1], "rb").read(), pax_headers={
		        "SCHILY.xattr.security.capability":
		        "\x01\0\0\x02\0\x20\0\0" + "\0" * 12})
		    add("one", 0o640, b"text", uid=7, gid=8)
		    add("two", type=tarfile.LNKTYPE, linkname="odd/one")
		    add("char", 0o666, type=tarfile.CHRTYPE, devmajor=1, devminor=3)
		    add("block", 0o600, type=tarfile.BLKTYPE, devmajor=7, devminor=300)
		    add("pipe", 0o622, type=tarfile.FIFOTYPE)
		    add("tool", 0o6755, b"tool")
		    add("sticky", 0o1777, type=tarfile.DIRTYPE)
	EOF2
	"$ROOT/tests/lib/put-image" layout odd --layer odd.tar
	cat >odd.sh <<-'EOF2'
		cd /host/odd
		for f in *; do busybox stat -c "odd %n %F %a %u:%g %h %t:%T %Y" $f; done
		[ one -ef two ] && echo odd, the same
	EOF2
}

# odd_files_are_there: odd.sh was run in a container that has the root on /host.
odd_files_are_there() {
	says "^odd one regular file 640 7:8 2 0:0 1234567890"
	says "^odd two regular file 640 7:8 2 0:0 1234567890"
	says "^odd, the same"
	says "^odd char character special file 666 0:0 1 1:3 1234567890"
	says "^odd block block special file 600 0:0 1 7:12c 1234567890"
	says "^odd pipe fifo 622 0:0 1 0:0 1234567890"
	says "^odd tool regular file 6755 0:0 1 0:0 1234567890"
	says "^odd sticky directory 1777 "
}
