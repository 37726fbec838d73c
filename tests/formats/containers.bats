#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The hybrid disk in the containers of hypervisors and clouds, looked into by
# tools that are not ours.

load ../lib/kitbuild
load ../lib/images
load ../lib/media
bats_require_minimum_version 1.5.0

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	export STUB="$BATS_FILE_TMPDIR/stub.efi"
	put_usual_images
	make_stub "$STUB"
}

setup() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	manifest m.yml <<-EOF
		kernel: {image: test/kernel:1, cmdline: "console=ttyS0"}
		init: [test/init:1]
		files: [{path: etc/large, source: large}]
	EOF
	# What does not pack, so that the data is in many blocks.
	openssl enc -aes-128-ctr -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c 9000000 >large
}

disk_build() {
	build --efi-stub "$STUB" "$@" m.yml
}

# same_disk FORMAT FILE: FILE, as QEMU reads it, is the disk in m.img
same_disk() {
	run -0 qemu-img compare -f "$1" -F raw "$2" m.img
	assert_output "Images are identical."
}

@test "VHD, VHDX, VDI and VMDK hold the same disk, whatever its size" {
	local size format
	# Behind 4 GiB a VHDX has more than one run of entries.
	for size in auto 9G; do
		disk_build --size "$size" -f raw,dynamic-vhd,vhdx,vdi,vmdk
		same_disk vpc m.vhd
		for format in vhdx vdi vmdk; do
			same_disk "$format" "m.$format"
			run -0 qemu-img check -f "$format" "m.$format"
			assert_output --partial "No errors were found"
		done
	done
	disk_build -f raw,vhd,azure
	same_disk vpc m.vhd
	cmp m.vhd m-azure.vhd
}

@test "holes and zeros are left out" {
	disk_build --size 3 -f vhdx,vdi,vmdk,vhd
	[ "$(du -k m.vhd | cut -f 1)" -lt 20000 ]
	assert_equal "$(stat -c %s m.vhd)" $((3221225472 + 512))
	disk_build --size 3 -f dynamic-vhd
	local file
	for file in m.vhd m.vhdx m.vdi m.vmdk; do
		[ "$(stat -c %s "$file")" -lt 20000000 ]
	done
}

@test "a fixed VHD says what Azure looks for" {
	disk_build -f vhd,raw
	local size
	size=$(stat -c %s m.img)
	assert_equal $((size % 1048576)) 0
	cmp <(part m.vhd 0 "$size") m.img
	tail -c 512 m.vhd >footer
	assert_equal "$(head -c 8 footer)" conectix
	assert_equal "$(od -An -t x1 -j 48 -N 8 footer | tr -d ' ')" "$(printf '%016x' "$size")"
	assert_equal "$(od -An -t x1 -j 60 -N 4 footer | tr -d ' ')" 00000002
	# The sum of all bytes but its own is the complement of the checksum.
	run -0 python3 - <<-'EOF'
		data = bytearray(open("footer", "rb").read())
		said = int.from_bytes(data[64:68], "big")
		data[64:68] = bytes(4)
		print(said == ~sum(data) & 0xffffffff)
	EOF
	assert_output True
}

@test "a disk that VHD cannot hold is refused" {
	run -2 disk_build --size 2041G -f vhd
	assert_output --partial "a VHD has at most 2040 GiB"
	[ ! -e m.vhd ]
}

@test "gcp is disk.raw in whole GiB, sparse in a tar" {
	disk_build -f gcp
	disk_build --size 1 -f raw
	run -0 tar -tzf m.img.tar.gz
	assert_output disk.raw
	tar -xzSf m.img.tar.gz
	cmp disk.raw m.img
	[ "$(du -k disk.raw | cut -f 1)" -lt 20000 ]
	[ "$(stat -c %s m.img.tar.gz)" -lt 15000000 ]
	# By other hands too, and with hundreds of holes.
	run -0 python3 -c 'import tarfile; t = tarfile.open("m.img.tar.gz"); print(t.getmembers()[0].size)'
	assert_output 1073741824
	disk_build --size 1500M -f gcp
	run -0 tar -tvzf m.img.tar.gz
	assert_output --partial " 2147483648 "
}

@test "an OVA describes a machine, with digests, and holds its disk" {
	disk_build -f ova,raw
	run -0 tar -tf m.ova
	assert_output "$(printf 'kitbuild.ovf\nkitbuild.mf\nkitbuild-disk1.vmdk')"
	tar -xf m.ova
	same_disk vmdk kitbuild-disk1.vmdk
	sed -E 's/^SHA256\((.*)\)= (.*)$/\2  \1/' kitbuild.mf | sha256sum -c --quiet
	run -0 python3 - <<-'EOF'
		import xml.etree.ElementTree as tree
		ovf = "{http://schemas.dmtf.org/ovf/envelope/1}"
		root = tree.parse("kitbuild.ovf").getroot()
		file = root.find(f"{ovf}References/{ovf}File")
		disk = root.find(f"{ovf}DiskSection/{ovf}Disk")
		print(file.get(ovf + "href"), file.get(ovf + "size"), disk.get(ovf + "capacity"))
		for item in root.iter(ovf + "Item"):
		    names = [member.tag.split("}")[1] for member in item]
		    print(names == sorted(names))
	EOF
	assert_line --index 0 "kitbuild-disk1.vmdk $(stat -c '%s' kitbuild-disk1.vmdk) $(stat -c '%s' m.img)"
	refute_line False
}

@test "a Vagrant box holds a qcow2 and says its size" {
	disk_build -f vagrant,raw
	tar -xzf m.box
	same_disk qcow2 box.img
	run -0 jq -c . metadata.json
	assert_output '{"provider":"libvirt","format":"qcow2","virtual_size":1}'
}

@test "an OCI artifact is a layout that skopeo and umoci read, and can be copied" {
	disk_build -f oci,kernel+initrd
	skopeo inspect --raw oci-archive:m-oci.tar >manifest
	run -0 jq -r '.artifactType, .layers[].annotations["org.opencontainers.image.title"]' manifest
	assert_output "$(printf 'application/vnd.kitbuild.system.v1\nkernel\ninitrd.img\ncmdline')"
	skopeo copy --quiet --insecure-policy oci-archive:m-oci.tar dir:copied
	local title file digest
	for title in kernel:m-kernel initrd.img:m-initrd.img cmdline:m-cmdline; do
		digest=$(jq -r --arg t "${title%%:*}" '.layers[] |
			select(.annotations["org.opencontainers.image.title"] == $t) | .digest' manifest)
		file=${title#*:}
		cmp "copied/${digest#sha256:}" "$file"
	done
	mkdir layout
	tar -xf m-oci.tar -C layout
	run -0 umoci ls --layout layout
	assert_output latest
}

@test "aws and openstack are the disks that they name" {
	disk_build -f aws,openstack,raw,qcow2
	cmp m.raw m.img
	cmp m-openstack.qcow2 m.qcow2
}
