#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The bill of materials of images that only their package databases speak for.

load ../lib/kitbuild
load ../lib/images
load ../lib/archive
bats_require_minimum_version 1.5.0

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	mkdir -p layer
}

# Puts what lies in layer/ into the cache as test/NAME:1.
put_layer() {
	command tar --sort=name --owner=0 --group=0 -C layer -cf layer.tar .
	"$ROOT/tests/lib/put-image" "$KITBUILD_CACHE" "docker.io/test/$1:1" \
		--layer layer.tar
	manifest m.yml <<<"services: [{name: s, image: 'test/$1:1'}]"
}

put() {
	mkdir -p "layer/$(dirname "$1")"
	cat >"layer/$1"
}

sbom() {
	tar -xOf m.tar sbom.spdx.json >sbom.json
	"$ROOT/tests/lib/check-sbom" <sbom.json
	jq -r "$1" sbom.json
}

purls='.packages[] | .externalRefs // [] | .[].referenceLocator'

@test "packages of dpkg are listed" {
	put var/lib/dpkg/status <<-EOF
		Package: libc6
		Status: install ok installed
		Maintainer: A Team <team@example.org>
		Architecture: amd64
		Source: glibc (2.36)
		Version: 2.36-9+deb12u4
		Homepage: https://www.gnu.org/software/libc/libc.html

		Package: removed
		Status: deinstall ok config-files
		Version: 1:2

		Package: g++
		Status: install ok installed
		Architecture: amd64
		Version: 4:12.2.0-3
	EOF
	put etc/os-release <<-EOF
		PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
		ID=debian
		VERSION_ID="12"
	EOF
	put_layer deb
	build -f tar m.yml
	run -0 sbom "$purls"
	assert_output - <<-EOF
		pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12
		pkg:deb/debian/g%2B%2B@4%3A12.2.0-3?arch=amd64&distro=debian-12
	EOF
	run -0 jq -r '.packages[2] | .SPDXID, .name, .versionInfo, .originator,
		.sourceInfo, .homepage, .licenseDeclared, .packageFileName' sbom.json
	assert_output - <<-EOF
		SPDXRef-1-deb-libc6-1
		libc6
		2.36-9+deb12u4
		Person: A Team (team@example.org)
		built from glibc (2.36)
		https://www.gnu.org/software/libc/libc.html
		NOASSERTION
		containers/services/s/lower
	EOF
	run -0 jq -r '.relationships[] | select(.spdxElementId == "SPDXRef-Image-1") |
		"\(.relationshipType) \(.relatedSpdxElement)"' sbom.json
	assert_output - <<-EOF
		CONTAINS SPDXRef-1-deb-libc6-1
		CONTAINS SPDXRef-1-deb-g---2
	EOF
}

@test "packages of images without dpkg are listed, and lists of sums are none" {
	printf 'Package: base-files\nVersion: 12.4\nArchitecture: amd64\n' |
		put var/lib/dpkg/status.d/base-files
	printf 'd41d8cd98f00b204e9800998ecf8427e  etc/x\n' |
		put var/lib/dpkg/status.d/base-files.md5sums
	printf 'Package: tzdata\nVersion: 2024a\nArchitecture: all\n' |
		put var/lib/dpkg/status.d/tzdata
	put_layer bare
	run -0 build -f tar m.yml
	refute_output --partial warn
	run -0 sbom "$purls"
	assert_output - <<-EOF
		pkg:deb/debian/base-files@12.4?arch=amd64
		pkg:deb/debian/tzdata@2024a?arch=all
	EOF
}

@test "packages of apk are listed, with the licences that are known" {
	put usr/lib/apk/db/installed <<-EOF
		C:Q1YW2nWUOUlTR0YNoQJOEKIEaX3w8=
		P:musl
		V:1.2.4-r2
		A:x86_64
		L:MIT
		m:A Person <person@example.org>

		P:odd
		V:1
		L:GPLv2+ and others

	EOF
	mkdir layer/lib
	ln -s ../usr/lib/apk layer/lib/apk
	printf 'ID=alpine\nVERSION_ID=3.19.1\n' | put usr/lib/os-release
	put_layer apk
	build -f tar m.yml
	run -0 sbom "$purls"
	assert_output - <<-EOF
		pkg:apk/alpine/musl@1.2.4-r2?arch=x86_64&distro=alpine-3.19.1
		pkg:apk/alpine/odd@1?distro=alpine-3.19.1
	EOF
	run -0 jq -r '.packages[2,3] | .licenseDeclared,
		(.checksums // [] | .[] | "\(.algorithm) \(.checksumValue)")' sbom.json
	assert_output - <<-EOF
		MIT
		SHA1 616da759439495347460da1024e10a204697df0f
		NOASSERTION
	EOF
}

# Two packages, made and installed into layer/$1 by rpm itself.
rpm_database() {
	local name here=$BATS_TEST_TMPDIR
	for name in one two; do
		cat >$name.spec <<-EOF
			Name: $name
			Version: 1.2
			Release: 3
			$([ $name = two ] || echo 'Epoch: 4')
			Summary: A package
			License: MIT AND Zlib
			Vendor: Somebody
			BuildArch: noarch
			%description
			None.
			%files
		EOF
	done
	rpmbuild --quiet -bb --define "_topdir $here/top" ./*.spec
	mkdir -p "layer/$1"
	rpm --dbpath "$here/layer/$1" --define '_db_backend sqlite' \
		--nodeps --justdb -i top/RPMS/noarch/*.rpm 2>/dev/null
	rm -f layer/"$1"/*-shm layer/"$1"/.rpm.lock
}

# The headers in rpm's SQLite, as a hash of Berkeley DB or as "ndb".
convert_rpm() {
	python3 - "$1" "$2" "$3" <<-'EOF'
		import sqlite3, struct, subprocess, sys
		form, old, new = sys.argv[1:]
		rows = sqlite3.connect(old).execute(
		    "SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
		if form == "bdb":
		    text = "VERSION=3\nformat=bytevalue\ntype=hash\nHEADER=END\n"
		    for number, blob in [(0, struct.pack("<I", 3))] + rows:
		        text += f" {struct.pack('<I', number).hex()}\n {blob.hex()}\n"
		    subprocess.run(["db5.3_load", new], check=True,
		                   input=(text + "DATA=END\n").encode())
		else:
		    slots, heap = b"RpmP" + struct.pack("<7I", 0, 1, 1, 3, 0, 0, 0), b""
		    for number, blob in rows:
		        size = (len(blob) + 28 + 15) // 16
		        slots += b"Slot" + struct.pack(
		            "<3I", number, (4096 + len(heap)) // 16, size)
		        heap += b"BlbS" + struct.pack("<3I", number, 1, len(blob)) + blob
		        heap += bytes(-(len(heap) + 12) % 16) + struct.pack(
		            "<2I", 0, len(blob)) + b"BlbE"
		    slots += (b"Slot" + bytes(12)) * ((4096 - len(slots)) // 16)
		    open(new, "wb").write(slots + heap)
	EOF
}

assert_rpms_are_listed() {
	printf 'ID="fedora"\nVERSION_ID=39\n' | put etc/os-release
	put_layer rpm
	run -0 build -f tar m.yml
	refute_output --partial warn
	run -0 sbom "[$purls] | sort[]"
	assert_output - <<-EOF
		pkg:rpm/fedora/one@1.2-3?arch=noarch&distro=fedora-39&epoch=4
		pkg:rpm/fedora/two@1.2-3?arch=noarch&distro=fedora-39
	EOF
	run -0 jq -r '.packages[] | select(.name == "one") | .versionInfo,
		.supplier, .licenseDeclared, .sourceInfo, .checksums[0].algorithm' sbom.json
	assert_output - <<-EOF
		4:1.2-3
		Organization: Somebody
		MIT AND Zlib
		built from one-1.2-3.src.rpm
		MD5
	EOF
}

@test "packages of rpm are listed from the database that rpm makes" {
	rpm_database usr/lib/sysimage/rpm
	assert_rpms_are_listed
}

@test "packages of rpm are listed from its old database" {
	rpm_database var/lib/rpm
	convert_rpm bdb layer/var/lib/rpm/rpmdb.sqlite layer/var/lib/rpm/Packages
	rm layer/var/lib/rpm/rpmdb.sqlite*
	assert_rpms_are_listed
}

@test "packages of rpm are listed from its own database" {
	rpm_database usr/lib/sysimage/rpm
	convert_rpm ndb layer/usr/lib/sysimage/rpm/rpmdb.sqlite \
		layer/usr/lib/sysimage/rpm/Packages.db
	rm layer/usr/lib/sysimage/rpm/rpmdb.sqlite*
	assert_rpms_are_listed
}

@test "a database seen through a link is read once, and its changes are not lost quietly" {
	rpm_database usr/lib/sysimage/rpm
	mkdir -p layer/var/lib
	ln -s ../../usr/lib/sysimage/rpm layer/var/lib/rpm
	echo something >layer/usr/lib/sysimage/rpm/rpmdb.sqlite-wal
	put_layer rpm
	run -0 build -f tar m.yml
	assert_output --partial "changes that have not reached the database"
	assert_equal "$(grep -c "have not reached" <<<"$output")" 1
	run -0 sbom "[$purls] | length"
	assert_output 2
}

@test "a damaged database is told, and leaves the others" {
	rpm_database var/lib/rpm
	printf 'Package: libc6\nVersion: 1\n' | put var/lib/dpkg/status
	head -c 4096 layer/var/lib/rpm/rpmdb.sqlite >half
	mv half layer/var/lib/rpm/rpmdb.sqlite
	put_layer rpm
	run -0 build -f tar m.yml
	assert_output --partial "docker.io/test/rpm:1: var/lib/rpm/rpmdb.sqlite: "
	run -0 sbom "$purls"
	assert_output "pkg:deb/debian/libc6@1"
}

@test "a database too large to be read is told" {
	put lib/apk/db/installed <<<"P:a"
	truncate -s 65M layer/lib/apk/db/installed
	put_layer large
	run -0 build -f tar m.yml
	assert_output --partial "lib/apk/db/installed has over 67108864 bytes"
	sbom .name
}

@test "no link of an image leads to a database of this machine" {
	mkdir -p layer/var/lib/dpkg
	ln -s ../../../../../../../../var/lib/dpkg/status layer/var/lib/dpkg/status
	mkdir -p layer/lib/apk/db
	ln -s "$BATS_TEST_TMPDIR/own" layer/lib/apk/db/installed
	printf 'P:own\nV:1\n' >own
	put_layer links
	build -f tar m.yml
	run -0 sbom "[$purls] | length"
	assert_output 0
}

@test "a package of Debian packages lists them" {
	archive_start "$BATS_TEST_TMPDIR"
	mkdir -p "$ARCHIVE_TREE/usr/bin"
	echo tool >"$ARCHIVE_TREE/usr/bin/tool"
	archive_package tool 2.0-1
	archive_finish
	mkdir tool
	printf 'image: test\ncontents:\n  debian:\n    packages: [tool]\n    mirrors: ["%s"]\n' \
		"$ARCHIVE_SOURCE" >tool/build.yml
	manifest m.yml <<<'services: [{name: s, image: "@pkg:tool"}]'
	build -f tar m.yml
	run -0 sbom "$purls"
	assert_output "pkg:deb/debian/tool@2.0-1?arch=amd64"
}
