#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The root as a squashfs and as an erofs: what the kernel developers' own tools
# read out of them.

load ../lib/kitbuild
load ../lib/images
load ../lib/media

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	put_usual_images
	put_image test/links:1 <<-EOF
		link long $(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..250})/$(printf 'f%.0s' {1..255})
		link longest $(printf 'part/%.0s' {1..800})end
		file $(printf 'n%.0s' {1..255}) 0644 long name
		file !before-the-dots 0644 x
		file empty 0644
		file a/b/c/d/e/f/g/h/i/j/k 0600 deep
	EOF
	# Files of all sizes about a block, many names, attributes, two that are equal.
	python3 - "$BATS_FILE_TMPDIR/layer.tar" <<-'EOF'
		import io, random, sys, tarfile
		random.seed(7)
		with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
		    def add(name, data, mode=0o644, **pax):
		        info = tarfile.TarInfo(name)
		        info.size, info.mode, info.mtime = len(data), mode, 1234567890
		        info.uid, info.gid = 70000, 3
		        info.pax_headers = pax
		        tar.addfile(info, io.BytesIO(data))
		    for size in (1, 4000, 4032, 4033, 4095, 4096, 4097, 8192, 131071, 131072, 131073, 1000000):
		        add(f"sizes/{size}", random.randbytes(size))
		        add(f"sizes/{size}.text", (b"line of text\n" * (size // 13 + 1))[:size])
		    same = random.randbytes(300000)
		    add("same/one", same)
		    add("same/two", same)
		    add("zeros", bytes(700000))
		    for n in range(700):
		        add(f"many/name-{n:04}-{'x' * (n % 90)}", b"%d" % n)
		    add("tool", b"tool", 0o755, **{"SCHILY.xattr.user.note": "text",
		        "SCHILY.xattr.security.long": "v" * 2000})
	EOF
	put_image test/sizes:1 --layer "$BATS_FILE_TMPDIR/layer.tar"
	cat >"$BATS_FILE_TMPDIR/m.yml" <<-EOF
		kernel: {image: test/kernel:1, cmdline: "root=/dev/vda"}
		init: [test/init:1, test/odd:1, test/links:1, test/sizes:1]
		services: [{name: web, image: test/web:1}, {name: tool, image: test/tool:1}]
	EOF
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_FILE_TMPDIR/m.yml" .
}

# An image that can have its root on a disk: its init knows the word.
put_disk_images() {
	put_image test/starts:1 <<-EOF
		file init 0755 kit.root
		dir proc 0755
		dir sys 0755
		dir dev 0755
		dir run 0755
		dir tmp 0755
		dir var 0755
		dir mnt 0755
	EOF
	python3 - "$BATS_TEST_TMPDIR/kernel.tar" <<-'EOF'
		import io, sys, tarfile
		base = "lib/modules/6.1/"
		files = {
		    "kernel/fs/squashfs.ko": "squashfs", "kernel/md/dm-verity.ko": "verity",
		    "kernel/md/dm-mod.ko": "dm", "kernel/net/tg3.ko": "net",
		    "kernel/fs/erofs.ko.xz": "erofs",
		    "modules.dep": "kernel/fs/squashfs.ko:\nkernel/fs/erofs.ko.xz:\n"
		        "kernel/md/dm-verity.ko: kernel/md/dm-mod.ko\nkernel/md/dm-mod.ko:\n"
		        "kernel/net/tg3.ko:\n",
		    "modules.alias": "# text\nalias fs-squashfs squashfs\nalias pci:net tg3\n",
		    "modules.builtin": "kernel/drivers/nvme.ko\n"}
		with tarfile.open(sys.argv[1], "w") as tar:
		    for name, text in files.items():
		        info = tarfile.TarInfo(base + name)
		        info.size = len(text)
		        tar.addfile(info, io.BytesIO(text.encode()))
	EOF
	python3 - "$BATS_TEST_TMPDIR" <<-'EOF'
		import io, os, sys, tarfile
		with tarfile.open(os.path.join(sys.argv[1], "layer.tar"), "w") as tar:
		    for name, data in (("kernel", b"a kernel"), ("kernel.tar", open(os.path.join(sys.argv[1], "kernel.tar"), "rb").read())):
		        info = tarfile.TarInfo(name)
		        info.size = len(data)
		        tar.addfile(info, io.BytesIO(data))
	EOF
	put_image test/modular:1 --layer "$BATS_TEST_TMPDIR/layer.tar"
	make_stub stub.efi
	manifest d.yml <<-EOF
		kernel: {image: test/modular:1, cmdline: "console=ttyS0"}
		init: [test/starts:1, test/sizes:1]
	EOF
}

# The tar's names with kind, mode, owner, size, time, device, links and target.
tar_facts() {
	python3 - "$1" <<-'EOF'
		import collections, sys, tarfile
		kinds = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c",
		         tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p"}
		with tarfile.open(sys.argv[1]) as tar:
		    members = [m for m in tar if not m.name.startswith("boot/")]
		    links = collections.Counter(m.linkname if m.islnk() else m.name for m in members)
		    for m in sorted(members, key=lambda m: m.name.encode(errors="surrogateescape")):
		        of = tar.getmember(m.linkname) if m.islnk() else m
		        kind = kinds.get(of.type, "-")
		        print(kind, oct(of.mode) if kind != "l" else "-", of.uid, of.gid, int(of.mtime),
		              of.size if kind == "-" else "-",
		              (of.devmajor, of.devminor) if kind in "cb" else "-",
		              links[of.name] if kind != "d" else "-",
		              ascii(m.name.rstrip("/")), of.linkname if kind == "l" else "")
	EOF
}

# The same of a directory.
folder_facts() {
	python3 - "$1" <<-'EOF'
		import os, stat, sys
		top = os.fsencode(sys.argv[1])
		found = []
		for folder, folders, files in os.walk(top):
		    for name in folders + files:
		        path = os.path.join(folder, name)
		        found.append((os.path.relpath(path, top), os.lstat(path), path))
		for name, st, path in sorted(found, key=lambda f: f[0]):
		    kind = stat.filemode(st.st_mode)[0]
		    print(kind, oct(stat.S_IMODE(st.st_mode)) if kind != "l" else "-", st.st_uid, st.st_gid, int(st.st_mtime),
		          st.st_size if kind == "-" else "-",
		          (os.major(st.st_rdev), os.minor(st.st_rdev)) if kind in "cb" else "-",
		          st.st_nlink if kind != "d" else "-", ascii(os.fsdecode(name)),
		          os.readlink(path).decode() if kind == "l" else "")
	EOF
}

attribute() {
	python3 -c 'import os, sys; print(os.getxattr(sys.argv[2], sys.argv[1]).decode(), end="")' "$@"
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "devices and owners can be unpacked by root only"
}

@test "a squashfs holds what the tar does, to the last attribute" {
	need_root
	build -f tar,kernel+squashfs m.yml
	assert_equal "$(cat m-kernel)" "not really a kernel"
	assert_equal "$(cat m-cmdline)" "root=/dev/vda"
	run -0 unsquashfs -no-progress -d found m-squashfs.img
	tar_facts m.tar >from-tar
	folder_facts found >from-squashfs
	[ "$(wc -l <from-tar)" -gt 800 ]
	diff -u from-tar from-squashfs
	mkdir tree
	tar -C tree --exclude='boot/*' --exclude=dev --exclude=run -xf m.tar
	diff -r --no-dereference --exclude=dev --exclude=run tree found
	assert_equal "$(attribute user.note found/tool)" text
	assert_equal "$(attribute security.long found/tool | wc -c)" 2000
}

@test "an erofs holds what the tar does" {
	need_root
	build -f tar,kernel+erofs m.yml
	run -0 fsck.erofs m-erofs.img
	run -0 fsck.erofs --extract=found --preserve m-erofs.img
	tar_facts m.tar >from-tar
	# This version of fsck.erofs unpacks a hard link as a file of its own,
	# and loses set-user-ID on the way.
	folder_facts found >from-erofs
	diff -u <(sed 's/^- 0o4755/- 0o755/; s/^- \(.*\) - 2 /- \1 - 1 /' from-tar) from-erofs
	mkdir tree
	tar -C tree --exclude='boot/*' --exclude=dev --exclude=run -xf m.tar
	diff -r --no-dereference --exclude=dev --exclude=run tree found
	run -0 dump.erofs --path=/sbin m-erofs.img
	run -0 dump.erofs m-erofs.img
	assert_output --partial "Filesystem magic number:                      0xE0F5E1E2"
}

@test "a root file system is made by one process" {
	for format in kernel+squashfs kernel+erofs; do
		ASAN_OPTIONS=detect_leaks=0 run -0 strace -f -e trace=execve -o trace "$KITBUILD" --offline build \
			--arch amd64 -f "$format" m.yml
		assert_equal "$(grep -c execve trace)" 1
	done
}

@test "a second build takes the root file system that is there, and proves it first" {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/own"
	cp -r "$BATS_FILE_TMPDIR/cache" own
	rm -rf own/packed
	for kind in squashfs erofs; do
		build -v -f "kernel+$kind" m.yml 2>said
		grep -F "$kind: packing" said
		cp "m-$kind.img" first
		build -v -f "kernel+$kind" m.yml 2>said
		grep -F "$kind: as before" said
		cmp first "m-$kind.img"
		for file in own/packed/*; do
			printf 'x' | dd of="$file" bs=1 seek=1500 conv=notrunc status=none
		done
		build -v -f "kernel+$kind" m.yml 2>said
		grep -F "is damaged; packing again" said
		cmp first "m-$kind.img"
		rm -r own/packed
	done
}

@test "an attribute alone makes another root file system" {
	python3 - layer.tar <<-'EOF'
		import io, sys, tarfile
		with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as tar:
		    info = tarfile.TarInfo("tool")
		    info.size, info.pax_headers = 4, {"SCHILY.xattr.user.note": sys.argv[1]}
		    tar.addfile(info, io.BytesIO(b"tool"))
	EOF
	put_image test/noted:1 --layer layer.tar
	manifest n.yml <<<"init: [test/noted:1]"
	build -f kernel+squashfs,kernel+erofs n.yml
	run -0 unsquashfs -no-progress -d found n-squashfs.img
	assert_equal "$(attribute user.note found/tool)" layer.tar
	assert_equal "$(grep -c layer.tar n-erofs.img)" 1
}

@test "a root of hundreds of megabytes needs little memory" {
	[[ $KITBUILD != */san/* ]] || skip "sanitizers have memory of their own"
	head -c 300000000 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 >large
	manifest n.yml <<<'files: [{path: large, source: large}]'
	for format in kernel+squashfs kernel+erofs; do
		[ "$(memory_of "$KITBUILD" --offline build --arch amd64 -f "$format" n.yml)" -lt 65536 ]
	done
	run -0 unsquashfs -no-progress -d found n-squashfs.img
	cmp large found/large
	run -0 fsck.erofs --extract n-erofs.img
}

# root_partition FILE: its bytes into a file root, its name into UUID.
root_partition() {
	local start size
	read -r start size UUID < <(sfdisk -J "$1" |
		jq -r '.partitiontable.partitions[1] | "\(.start) \(.size) \(.uuid)"')
	part "$1" $((start * 512)) $((size * 512)) >root
}

# word NAME FILE: the value that a command line gives
word() {
	tr ' ' '\n' <"$2" | sed -n "s/^$1=//p"
}

@test "a disk has the root in a partition, which its command line names and veritysetup verifies" {
	put_disk_images
	for kind in squashfs erofs; do
		build --efi-stub stub.efi -f "raw,raw-efi,raw-bios,kernel+$kind" --root "$kind" d.yml
		for disk in d.img d-efi.img; do
			run -0 sgdisk -v "$disk"
			assert_output --partial "No problems found"
			boot_partition "$disk"
			mcopy -o -i esp ::/EFI/BOOT/BOOTX64.EFI uki
			uki_parts uki parts
			root_partition "$disk"
			run -0 sgdisk -i 2 "$disk"
			assert_output --partial "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
			assert_output --partial "Attribute flags: 1000000000000000"
			assert_equal "$(word kit.root parts/cmdline)" "PARTUUID=${UUID,,}"
			assert_equal "$(word kit.rootfs parts/cmdline)" "$kind"
		done
		IFS=: read -r blocks hash salt <<<"$(word kit.verity parts/cmdline)"
		head -c $((blocks * 4096)) root | cmp - "d-$kind.img"
		run -0 veritysetup verify --hash-offset $((blocks * 4096)) root root "$hash"
		run -0 veritysetup dump --hash-offset $((blocks * 4096)) root
		assert_output --regexp "Salt: +.*$salt"
		# One byte, anywhere.
		cp root broken
		printf X | dd of=broken bs=1 seek=$((blocks * 2048 + 17)) conv=notrunc status=none
		run ! veritysetup verify --hash-offset $((blocks * 4096)) broken broken "$hash"

		boot_partition d-bios.img
		mcopy -o -i esp ::/cmdline cmdline
		root_partition d-bios.img
		assert_equal "$(word kit.root cmdline)" \
			"PARTUUID=$(sfdisk -J d-bios.img | jq -r '.partitiontable.id[2:]')-02"
		run -0 veritysetup verify --hash-offset $((blocks * 4096)) root root "$hash"
	done
}

@test "the initrd before a root on a disk holds init and what drives disks" {
	put_disk_images
	build --efi-stub stub.efi -f raw-efi --root squashfs d.yml
	boot_partition d-efi.img
	mcopy -i esp ::/EFI/BOOT/BOOTX64.EFI uki
	uki_parts uki parts
	run -0 cpio_listing parts/initrd
	assert_output --partial "-rwxr-xr-x 0/0 9 init"
	assert_output --partial "lib/modules/6.1/kernel/md/dm-mod.ko"
	assert_output --partial "lib/modules/6.1/modules.builtin"
	refute_output --partial tg3
	dir="$BATS_TEST_TMPDIR/unpacked-initrd/lib/modules/6.1"
	assert_equal "$(cat "$dir/modules.alias")" "alias fs-squashfs squashfs"
	assert_equal "$(wc -l <"$dir/modules.dep")" 4
}

@test "a large root goes to a partition by itself, a small one to the initrd" {
	put_disk_images
	partitions() {
		sfdisk -J "$1" | jq '.partitiontable.partitions | length'
	}
	build --efi-stub stub.efi -f raw-efi d.yml
	assert_equal "$(partitions d-efi.img)" 1
	head -c 70000000 /dev/zero >zeros
	echo 'files: [{path: zeros, source: zeros}]' >>d.yml
	run -0 build --efi-stub stub.efi -f raw-efi,iso-efi d.yml
	assert_output --partial "the root is in a partition, which this kernel cannot read on a SATA or USB or virtio disk; --root initrd starts there, too"
	assert_equal "$(partitions d-efi.img)" 2
	run -0 build --efi-stub stub.efi -f raw-efi --root squashfs d.yml
	refute_output --partial "cannot read"
	build --efi-stub stub.efi -f raw-efi --root initrd d.yml
	assert_equal "$(partitions d-efi.img)" 1
	# One that could not start from there stays, and says why.
	sed -i 's/test.starts:1/test\/init:1/' d.yml
	run -0 build --efi-stub stub.efi -f raw-efi d.yml
	assert_output --partial "the root is in the initrd although it is large: its /init cannot find a root on a disk"
	assert_equal "$(partitions d-efi.img)" 1
}

@test "a build warns of an initrd that a machine cannot unpack" {
	put_disk_images
	head -c 70000000 /dev/zero >zeros
	echo 'files: [{path: zeros, source: zeros}]' >>d.yml
	for format in kernel+initrd iso-efi; do
		run -0 build --efi-stub stub.efi -f "$format" --mem 128 d.yml
		assert_output --partial "a machine of 128 MiB unpacks half as much as its memory"
		run -0 build --efi-stub stub.efi -f "$format" --mem 1G d.yml
		refute_output --partial "unpacks half"
	done
	# A disk has such a root in a partition.
	run -0 build --efi-stub stub.efi -f raw-efi --mem 128 d.yml
	refute_output --partial "unpacks half"
}

@test "a root that cannot be on a disk is refused with the reason" {
	put_disk_images
	refused() {
		local message=$1
		shift
		run -2 "$KITBUILD" -q --offline build --arch amd64 --efi-stub stub.efi "$@"
		assert_output "kitbuild: $message"
		run ! ls ./*.img
	}
	refused "--root ext4: it can be initrd, squashfs, erofs or auto" -f raw --root ext4 d.yml
	refused "format iso: it has the root in the initrd; --root erofs is for disks" \
		-f iso --root erofs d.yml
	sed -i 's/test.starts:1/test\/init:1/' d.yml
	refused "format raw: the image cannot have its root on a disk: its /init cannot find a root on a disk; that of kitbuild's package init can" \
		-f raw --root squashfs d.yml
	put_image test/bare:1 <<<"file init 0755 kit.root"
	sed -i 's/test.init:1/test\/bare:1/' d.yml
	refused "format raw: the image cannot have its root on a disk: it has no folder /run, and on a disk none can be made" \
		-f raw --root squashfs d.yml
	manifest d.yml <<-EOF
		kernel: {image: test/kernel:1}
		init: [test/starts:1]
	EOF
	refused "format raw: the image cannot have its root on a disk: its kernel has no driver for squashfs" \
		-f raw --root squashfs d.yml
}
