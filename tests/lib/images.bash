# SPDX-License-Identifier: Apache-2.0
# Images and manifests made on this machine, and what builds of them hold.
#
#   put_image NAME [OPTION...] <ENTRIES     see put-image; into the cache
#   put_usual_images      kernel, init, tool (with a label), web, extra
#   manifest FILE <<...   writes a manifest into the test's folder
#   build ARGUMENT...     kitbuild build, offline, for amd64
#   tar_listing FILE      mode owner size path link, a line an entry
#   cpio_listing FILE     the same of an initrd
#   assert_golden CASE LISTING [FILE]    against tests/golden

put_image() {
	local name=$1
	shift
	"$ROOT/tests/lib/put-image" "$KITBUILD_CACHE" "docker.io/$name" "$@"
}

put_usual_images() {
	put_image test/kernel:1 <<-EOF
		file kernel 0644 not really a kernel
		tar kernel.tar lib/modules/1/m.ko module
		file cpu.cpio 0644 microcode
	EOF
	put_image test/init:1 <<-EOF
		dir bin 0755
		file bin/rc.init 0755 first
		link init bin/rc.init
		dir etc 0700 5
		file etc/hostname 0644 dropped
		file Dockerfile 0644 dropped
		dir tmp 1777
		layer
		file bin/rc.init 0755 second
	EOF
	put_image test/tool:1 --config '{"Cmd": ["/sbin/tool", "-f"],
		"Env": ["PATH=/sbin:/bin"], "WorkingDir": "/",
		"Labels": {"org.mobyproject.config":
		"{\"binds\": [\"/run:/run\"], \"capabilities\": [\"CAP_KILL\"]}"}}' <<-EOF
		dir sbin 0755
		file sbin/tool 4755 tool
		hard sbin/alias sbin/tool
		link etc/resolv.conf ../run/resolv.conf
	EOF
	put_image test/web:1 --config '{"Entrypoint": ["/bin/web"]}' <<-EOF
		file bin/web 0755 web
		dir srv 0750 33
		layer
		file srv/.wh..wh..opq 0644
		file srv/page 0640 page
	EOF
	put_image test/odd:1 <<-EOF
		node dev/null 0666 c 1 3
		node dev/disk 0660 b 8 0
		node run/pipe 0600 p 0 0
		file a/$(printf 'n%.0s' {1..200})/$(printf 'm%.0s' {1..90}) 0644 far
		file käse 0644 cheese
		hard first käse
	EOF
}

# The origin that each entry names is news to GNU tar.
tar() {
	command tar --warning=no-unknown-keyword "$@"
}

manifest() {
	cat >"$BATS_TEST_TMPDIR/$1"
}

build() {
	(cd "$BATS_TEST_TMPDIR" && "$KITBUILD" --offline build --arch amd64 "$@")
}

# What `tar` and `cpio` say, less the time.
listing() {
	sed -E 's/^([^ ]+) +([^ ]+) +([0-9]+(, *[0-9]+)?) [^ ]+ [^ ]+ /\1 \2 \3 /'
}

tar_listing() {
	TZ=UTC LC_ALL=C.UTF-8 tar --numeric-owner --quoting-style=literal \
		-tvf "$1" | listing
}

unpacked_initrd() {
	zstdcat "$1"
}

cpio_listing() {
	local dir="$BATS_TEST_TMPDIR/unpacked-initrd"
	rm -rf "$dir"
	mkdir "$dir"
	unpacked_initrd "$1" >"$dir.cpio"
	# cpio stops at a trailer: once for each archive, until there is none.
	(
		cd "$dir"
		exec <"$dir.cpio"
		while cpio --quiet -idmu --no-absolute-filenames 2>/dev/null; do
			:
		done
	)
	find "$dir" -mindepth 1 \( -type d -printf '%M %U/%G 0 %P\n' \) -o \
		\( -type l -printf '%M %U/%G 0 %P -> %l\n' \) -o \
		-printf '%M %U/%G %s %P\n' | LC_ALL=C sort -k4
}

# CASE.list is readable, CASE.sha256 exact. UPDATE_GOLDEN=1 writes them.
assert_golden() {
	local golden="$ROOT/tests/golden/$1" list=$2 file=${3:-}
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp "$list" "$golden.list"
		[ -z "$file" ] || sha256sum <"$file" >"$golden.sha256"
	fi
	diff -u "$golden.list" "$list"
	if [ -n "$file" ]; then
		assert_equal "$(sha256sum <"$file")" "$(cat "$golden.sha256")"
	fi
}
