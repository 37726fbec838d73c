#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Building: what is in the output, that it is the same every time, and that
# nothing is left of a build that fails.

load ../lib/kitbuild
load ../lib/images
bats_require_minimum_version 1.5.0

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	chmod -R a+rX "$BATS_FILE_TMPDIR"
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	usual_manifest m.yml
	cd "$BATS_TEST_TMPDIR"
}

usual_manifest() {
	manifest "$1" <<-EOF
		kernel:
		  image: test/kernel:1
		  cmdline: console=ttyS0
		init: [test/init:1]
		volumes:
		  - name: data
		onboot:
		  - name: tool
		    image: test/tool:1
		    binds.add: ["data:/data"]
		services:
		  - name: web
		    image: test/web:1
		    readonly: true
		files:
		  - path: etc/motd
		    contents: "hello\n"
		    mode: "0644"
	EOF
}

# Names below the test's folder that a build made.
made() {
	find "$BATS_TEST_TMPDIR" -mindepth 1 -newer m.yml ! -name '*.yml' \
		-printf '%P\n' | sort
}

in_tar() {
	tar --to-stdout -xf "$1" "$2"
}

@test "the usual tar is as it always was" {
	build --no-sbom -f tar m.yml
	tar_listing m.tar >list
	assert_golden usual-tar list m.tar
}

@test "the usual initrd is as it always was" {
	build --no-sbom m.yml
	assert_equal "$(cat m-kernel)" "not really a kernel"
	assert_equal "$(cat m-cmdline)" "console=ttyS0"
	zstd -qt m-initrd.img
	zstdcat m-initrd.img >cpio
	cpio_listing m-initrd.img >list
	assert_golden usual-initrd list cpio
}

@test "an initrd lists the way a tar does, less what lies beside it" {
	build -f tar,kernel+initrd m.yml
	tar_listing m.tar | awk '{ print $4 }' | sed 's,/$,,' |
		grep -v -e ^boot/ | LC_ALL=C sort >from-tar
	cpio_listing m-initrd.img | awk '{ print $4 }' >from-cpio
	diff -u from-tar from-cpio
}

@test "GNU tar reads the output without a word" {
	build -f tar m.yml
	run -0 --separate-stderr tar -tf m.tar
	assert_equal "$stderr" ""
}

@test "an empty manifest makes an empty tar" {
	manifest e.yml <<<"{}"
	build --no-sbom -o e.tar e.yml
	run -0 stat -c %s e.tar
	assert_output 1024
}

@test "the same input gives the same bytes, whoever builds it and where" {
	local as="$BATS_TEST_TMPDIR/elsewhere" first
	build -f tar,kernel+initrd m.yml
	first=$(cat m.tar m-initrd.img m-kernel m-cmdline | sha256sum)
	mkdir -p "$as/tmp"
	cp m.yml "$as/m.yml"
	cp -r "$KITBUILD_CACHE" "$as/cache"
	local user=()
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534:65534 "$as"
		chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
		cp "$KITBUILD" "$as/kitbuild"
		user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	(
		umask 077
		cd "$as"
		env TZ=Asia/Tokyo LC_ALL=C.UTF-8 TMPDIR="$as/tmp" HOME="$as" \
			KITBUILD_CACHE="$as/cache" "${user[@]}" \
			"$([ -x kitbuild ] && echo ./kitbuild || echo "$KITBUILD")" \
			--offline build --arch amd64 -f tar,kernel+initrd m.yml
	)
	assert_equal "$(cd "$as" && cat m.tar m-initrd.img m-kernel m-cmdline |
		sha256sum)" "$first"
}

@test "output files obey the umask" {
	(umask 027 && build -f tar m.yml)
	run -0 stat -c %a m.tar
	assert_output 640
}

@test "a tar goes to standard output" {
	build -f tar m.yml
	build -q -o - m.yml >streamed
	cmp m.tar streamed
}

@test "a manifest comes from standard input" {
	build -f tar m.yml
	build -f tar - <m.yml
	cmp m.tar moby.tar
}

@test "--output names the one file, --name and --dir all of them" {
	mkdir out
	build --output x.tar m.yml
	build --o y.tar m.yml
	cmp x.tar y.tar
	build --name web --dir out -f tar m.yml
	cmp x.tar out/web.tar
}

@test "an output file that exists is replaced whole" {
	echo old >m.tar
	ln m.tar kept
	build -f tar m.yml
	assert_equal "$(cat kept)" old
	[ "$(stat -c %s m.tar)" -gt 1024 ]
}

@test "a device is written to, not replaced" {
	build -o /dev/null m.yml
	[ -c /dev/null ]
	mkfifo pipe
	cat pipe >from-pipe &
	build -o pipe m.yml
	wait $!
	[ -p pipe ]
	tar -tf from-pipe >list
}

@test "a name that a link stands for is replaced, its target is not" {
	echo victim >target
	ln -s target m.tar
	build -f tar m.yml
	assert_equal "$(cat target)" victim
	[ ! -L m.tar ]
}

@test "a directory that is not there is told" {
	run -2 build --dir nowhere m.yml
	assert_output --partial "the directory nowhere does not exist"
	run -1 build -o nowhere/x.tar m.yml
	assert_output --partial "write nowhere/x.tar: No such file or directory"
}

@test "formats are known, or told with the likely one" {
	run -2 build -f tra m.yml
	assert_output --partial "unknown format 'tra'; is it 'tar'?"
	run -2 build -f floppy m.yml
	assert_output --partial "unknown format 'floppy'; \`kitbuild build --list-formats\` lists them"
	run -2 build -f tar,tar m.yml
	assert_output --partial "two formats would both write"
	run -2 build -o - -f kernel+initrd m.yml
	assert_output --partial "needs one format that is a single file"
	run -2 build -o x -f tar,kernel+initrd m.yml
	run -0 made
	assert_output ""
}

@test "devices, pipes, hard links and long names survive in a tar" {
	manifest odd.yml <<<"init: [test/odd:1]"
	build -f tar odd.yml
	run -0 tar_listing odd.tar
	assert_line "crw-rw-rw- 0/0 1,3 dev/null"
	assert_line "brw-rw---- 0/0 8,0 dev/disk"
	assert_line "prw------- 0/0 0 run/pipe"
	assert_line --regexp "^-rw-r--r-- 0/0 4 a/n{200}/m{90}$"
	assert_line "-rw-r--r-- 0/0 7 käse"
	assert_line "hrw-r--r-- 0/0 0 first link to käse"
}

@test "devices, pipes, hard links and long names survive in an initrd" {
	manifest odd.yml <<<"init: [test/odd:1]"
	build odd.yml
	run -0 --separate-stderr cpio -itv --quiet < <(zstdcat odd-initrd.img)
	assert_line --regexp '^crw-rw-rw- .* 1,  *3 .* dev/null$'
	assert_line --regexp '^brw-rw---- .* 8,  *0 .* dev/disk$'
	assert_line --regexp '^prw------- .* run/pipe$'
	assert_line --regexp "^-rw-r--r-- .* a/n{200}/m{90}$"
	zstdcat odd-initrd.img | cpio -id --quiet 'k*' first
	assert_equal "$(stat -c %i first)" "$(stat -c %i k*se)"
	assert_equal "$(cat first)" cheese
}

@test "microcode is the first thing in an initrd" {
	sed -i 's/^kernel:/&\n  ucode: cpu.cpio/' m.yml
	build m.yml
	assert_equal "$(head -c 9 m-initrd.img)" microcode
	tail -c +13 m-initrd.img | zstd -qt
	sed -i 's/cpu.cpio/none.cpio/' m.yml
	run -0 build m.yml
	assert_output --partial "has no microcode 'none.cpio'"
}

@test "what a kernel image lacks is told" {
	sed -i 's/^kernel:/&\n  binary: vmlinuz/' m.yml
	run -2 build m.yml
	assert_output --partial \
		"m.yml:2:11: the kernel image test/kernel:1 has no kernel 'vmlinuz'"
	sed -i 's/binary: vmlinuz/tar: none.tar/' m.yml
	run -2 build m.yml
	assert_output --partial "has no tar 'none.tar'"
	sed -i 's/tar: none.tar/tar: none/' m.yml
	build -f tar m.yml
	run -0 tar -tf m.tar
	refute_line --partial m.ko
}

@test "later layers and later init images override" {
	put_image test/extra:1 <<-EOF
		file bin/rc.init 0700 third
		link etc/issue /run/issue
	EOF
	manifest two.yml <<<"init: [test/init:1, test/extra:1]"
	build -f tar two.yml
	assert_equal "$(in_tar two.tar bin/rc.init)" third
	run -0 tar_listing two.tar
	assert_line "-rwx------ 0/0 6 bin/rc.init"
	assert_line "lrwxrwxrwx 0/0 0 etc/issue -> /run/issue"
	assert_equal "$(grep -c '^-.* bin/rc.init$' <<<"$output")" 1
}

@test "what every image loses and gets" {
	build -f tar m.yml
	run -0 tar -tf m.tar
	refute_line Dockerfile
	refute_line etc/hostname
	assert_line etc/hosts
	assert_equal "$(in_tar m.tar etc/hosts | wc -c)" 160
	run -0 in_tar m.tar containers/onboot/000-tool/lower/etc/resolv.conf
	assert_output --partial "# no resolv.conf configured"
}

@test "files have their modes, their parents and their sources" {
	mkdir sub
	echo beside >sub/source
	manifest sub/f.yml <<-EOF
		init: [test/init:1]
		files:
		  - {path: a/b/f, contents: x, mode: "0640", uid: 7}
		  - {path: etc/g, source: source}
		  - {path: l, symlink: /a, mode: "0777"}
		  - {path: d, directory: true, mode: "1777"}
		  - {path: none, source: none, optional: true}
	EOF
	build -f tar --name f sub/f.yml
	run -0 tar_listing f.tar
	assert_line "drwxr-x--- 7/0 0 a/b"
	assert_line "-rw-r----- 7/0 1 a/b/f"
	assert_line "-rw------- 0/0 7 etc/g"
	assert_line "drwxr-xr-x 0/0 0 etc"
	assert_line "lrwxrwxrwx 0/0 0 l -> /a"
	assert_line "drwxrwxrwt 0/0 0 d"
	refute_line --partial none
	assert_equal "$(in_tar f.tar etc/g)" beside
}

@test "a source that is nowhere is told with its place" {
	manifest f.yml <<<"files: [{path: a, source: none}]"
	run -2 build -f tar f.yml
	assert_output --partial "f.yml:1:27: there is no file none, neither beside the manifest nor in the working directory"
	run -0 made
	refute_output --partial tar
}

@test "volumes hold what their image holds" {
	manifest v.yml <<-EOF
		volumes:
		  - {name: blank}
		  - {name: full, image: test/web:1}
		onboot:
		  - {name: a, image: test/tool:1, binds: ["full:/x:ro"]}
	EOF
	build -f tar v.yml
	run -0 tar -tf v.tar
	assert_line containers/volumes/blank/lower
	assert_line containers/volumes/full/lower/bin/web
	assert_line containers/volumes/full/merged/
	run -0 in_tar v.tar containers/onboot/000-a/config.json
	assert_output --partial '"source": "/containers/volumes/full/merged"'
}

@test "entries with the same image share its files" {
	manifest s.yml <<-EOF
		onboot:
		  - {name: one, image: test/tool:1, readonly: true}
		  - {name: two, image: test/tool:1}
	EOF
	build -f tar s.yml
	run -0 tar -tf s.tar
	assert_line containers/onboot/000-one/rootfs/sbin/tool
	refute_line --partial 001-two/lower
	assert_line containers/onboot/001-two/rootfs
	run -0 in_tar s.tar containers/onboot/001-two/runtime.json
	assert_output --partial '"lowerdir=/containers/onboot/000-one/rootfs"'
}

@test "command and environment come from the image, label and manifest" {
	build -f tar m.yml
	run -0 in_tar m.tar containers/onboot/000-tool/config.json
	assert_equal "$(jq -c '[.process.args, .process.env]' <<<"$output")" \
		'[["/sbin/tool","-f"],["PATH=/sbin:/bin"]]'
	assert_equal "$(jq -r '.mounts[] | select(.type == "bind").source' \
		<<<"$output" | tr '\n' ' ')" \
		"/containers/volumes/data/merged /run "
}

segments() {
	build -v "$@" 2>&1 | sed -n 's/.*segment \(.*\)$/\1/p'
}

@test "a second build uses the packed segments again" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	put_usual_images
	build m.yml
	cp m-initrd.img first
	run -0 segments m.yml
	refute_line --partial packing
	assert_line "init[0]: as before"
	cmp first m-initrd.img
	sed -i 's/hello/goodbye/' m.yml
	run -0 segments m.yml
	assert_line "files[0]: packing"
	assert_equal "$(grep -c packing <<<"$output")" 1
}

@test "a damaged packed segment is packed again" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	local packed
	put_usual_images
	build m.yml
	cp m-initrd.img first
	for packed in "$KITBUILD_CACHE"/packed/*; do
		case $((++n % 3)) in
		0) truncate -s 40 "$packed" ;;
		1) truncate -s 5 "$packed" ;;
		2) printf x | dd of="$packed" bs=1 seek=50 conv=notrunc status=none ;;
		esac
	done
	run -0 build m.yml
	assert_output --partial "is damaged; packing again"
	cmp first m-initrd.img
	run -0 build m.yml
	refute_output --partial damaged
}

@test "a package of another architecture is not taken" {
	put_image test/arm:1 --arch arm64 <<<"file x 0644 x"
	manifest a.yml <<<"init: [test/arm:1]"
	run -2 build a.yml
	assert_output --partial "made for linux/arm64, not for linux/amd64"
}

@test "an earlier archive is accepted and changes nothing" {
	build -f tar m.yml
	cp m.tar before.tar
	sed -i 's/hello/goodbye/' m.yml
	build -f tar m.yml
	cp m.tar wanted.tar
	build -f tar --input-tar before.tar m.yml
	cmp m.tar wanted.tar
	run -2 build -f tar --input-tar none.tar m.yml
	assert_output --partial "there is no file none.tar"
	run -2 build -o before.tar --input-tar before.tar m.yml
	assert_output --partial "--input-tar and --output name the same file"
	run -2 build --pull --input-tar before.tar m.yml
	assert_output --partial "--input-tar cannot be combined with --pull"
	[ -s before.tar ]
}

@test "a size is looked at whatever the format" {
	build -f tar --size 20 m.yml
	build -f tar --size 512M m.yml
	run -2 build -f tar --size many m.yml
	assert_output --partial "--size: 'many' is not a size such as 512M"
}
