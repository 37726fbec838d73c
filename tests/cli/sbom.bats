#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The bill of materials: where it lies, what it says, and what is too odd for it.

load ../lib/kitbuild
load ../lib/images
load ../lib/registry
bats_require_minimum_version 1.5.0

setup_file() {
	export KITBUILD_CACHE="$BATS_FILE_TMPDIR/images"
	put_usual_images
	registry_start
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	spdx >"$BATS_FILE_TMPDIR/spdx.json"
	registry_push_attested tools/one:1 "$BATS_FILE_TMPDIR/spdx.json"
	registry_push_attested tools/two:1 "$BATS_FILE_TMPDIR/spdx.json"
}

teardown_file() {
	registry_stop
}

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
}

# A document as scanners write them, with all that can collide.
spdx() {
	cat <<-'EOF'
		{"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
		 "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
		 "documentNamespace": "https://example.org/x",
		 "creationInfo": {"created": "2024-01-01T00:00:00Z", "creators": ["Tool: x"]},
		 "documentDescribes": ["SPDXRef-root"],
		 "packages": [
		  {"SPDXID": "SPDXRef-root", "name": "root <&>", "downloadLocation": "NONE",
		   "licenseDeclared": "LicenseRef-odd AND (MIT OR LicenseRef-odd)",
		   "packageFileName": "/", "hasFiles": ["SPDXRef-file"]},
		  {"SPDXID": "SPDXRef-musl", "name": "musl", "versionInfo": "1.2"}],
		 "files": [{"SPDXID": "SPDXRef-file", "fileName": "/bin/x",
		  "checksums": [{"algorithm": "SHA1",
		   "checksumValue": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}],
		  "licenseInfoInFiles": ["LicenseRef-odd"]}],
		 "snippets": [{"SPDXID": "SPDXRef-part", "snippetFromFile": "SPDXRef-file",
		  "ranges": [{"startPointer": {"offset": 1, "reference": "SPDXRef-file"},
		   "endPointer": {"offset": 2, "reference": "SPDXRef-file"}}]}],
		 "hasExtractedLicensingInfos": [
		  {"licenseId": "LicenseRef-odd", "extractedText": "Odd."}],
		 "externalDocumentRefs": [{"externalDocumentId": "DocumentRef-other",
		  "spdxDocument": "https://example.org/other", "checksum": {"algorithm": "SHA1",
		  "checksumValue": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}}],
		 "annotations": [{"annotationDate": "2024-01-01T00:00:00Z",
		  "annotationType": "OTHER", "annotator": "Tool: x", "comment": "none"}],
		 "relationships": [
		  {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
		   "relatedSpdxElement": "SPDXRef-root"},
		  {"spdxElementId": "SPDXRef-root", "relationshipType": "CONTAINS",
		   "relatedSpdxElement": "SPDXRef-musl"},
		  {"spdxElementId": "SPDXRef-musl", "relationshipType": "GENERATED_FROM",
		   "relatedSpdxElement": "DocumentRef-other:SPDXRef-musl"},
		  {"spdxElementId": "SPDXRef-part", "relationshipType": "OTHER",
		   "relatedSpdxElement": "NOASSERTION"}]}
	EOF
}

usual_images() {
	cp -r "$BATS_FILE_TMPDIR/images" "$KITBUILD_CACHE"
}

# make_tar MANIFEST [OPTION...]: with the network, to MANIFEST's name.
make_tar() {
	"$KITBUILD" build --arch amd64 -f tar "$@"
}

# sbom TAR [FILTER]: the document, or what jq finds in it; it has to be valid.
sbom() {
	tar -xOf "$1" sbom.spdx.json >sbom.json
	"$ROOT/tests/lib/check-sbom" <sbom.json
	if [ $# -gt 1 ]; then
		jq -r "$2" sbom.json
	else
		cat sbom.json
	fi
}

attested_manifest() {
	manifest "$1" <<-EOF
		init: ["$REGISTRY/tools/one:1"]
		onboot:
		  - {name: a, image: "$REGISTRY/tools/two:1"}
	EOF
}

# push_bad NAME FILTER: an image whose attested document went through jq.
push_bad() {
	spdx | jq -c "$2" >bad.json
	registry_push_attested "$1" bad.json
	printf 'init: ["%s/%s"]\n' "$REGISTRY" "$1" >bad.yml
}

@test "the list is the last file, dated and owned as what we make ourselves" {
	usual_images
	manifest m.yml <<<'init: ["test/init:1"]'
	build -f tar m.yml
	run -0 env TZ=UTC tar --numeric-owner -tvf m.tar
	assert_line --index $((${#lines[@]} - 1)) \
		--regexp '^-rw-r--r-- 0/0 +[0-9]+ 2017-04-18 16:30 sbom.spdx.json$'
	run -0 python3 -c 'import sys, tarfile
for member in list(tarfile.open(sys.argv[1]))[-1:]: print(member.pax_headers)' m.tar
	assert_output "{}"
	run -0 sbom m.tar '.creationInfo.created, .creationInfo.creators[]'
	assert_line "2017-04-18T16:30:00Z"
	assert_line --regexp '^Tool: kitbuild-[0-9]'
}

@test "an empty manifest has a list, of nothing" {
	manifest e.yml <<<"{}"
	build -o e.tar e.yml
	run -0 sbom e.tar '.packages | map(.SPDXID) | join(" ")'
	assert_output "SPDXRef-Root"
}

@test "--no-sbom leaves it out" {
	usual_images
	manifest m.yml <<<'init: ["test/init:1"]'
	build --no-sbom -f tar m.yml
	run -0 tar -tf m.tar
	refute_output --partial spdx
}

@test "--sbom-output moves it" {
	usual_images
	manifest m.yml <<<'init: ["test/init:1"]'
	build --sbom-output usr/share/list.json -f tar m.yml
	run -0 tar -tf m.tar
	refute_line sbom.spdx.json
	assert_line --index $((${#lines[@]} - 1)) usr/share/list.json
	tar -xOf m.tar usr/share/list.json | "$ROOT/tests/lib/check-sbom"
}

@test "a place that cannot be is told" {
	usual_images
	manifest m.yml <<<'init: ["test/init:1"]'
	run -2 build --sbom-output "" -f tar m.yml
	assert_output --partial "--sbom-output needs the name of a file"
	run -2 build --sbom-output etc -f tar m.yml
	assert_output --partial "etc is a directory in the image"
	run -2 build --sbom-output ../out -f tar m.yml
	assert [ ! -e m.tar ]
}

@test "--sbom-current-time dates it today, and it is another document" {
	usual_images
	manifest m.yml <<<'init: ["test/init:1"]'
	local before after created first
	build -f tar m.yml
	first=$(sbom m.tar .documentNamespace)
	before=$(date -u +%FT%TZ)
	build --sbom-current-time -f tar m.yml
	after=$(date -u +%FT%TZ)
	created=$(sbom m.tar .creationInfo.created)
	[[ ! $created < $before && ! $created > $after ]]
	assert [ "$(sbom m.tar .documentNamespace)" != "$first" ]
}

@test "what is attested about images is in it, each under ids of its own" {
	attested_manifest m.yml
	make_tar m.yml
	run -0 sbom m.tar '.packages[] | "\(.SPDXID) \(.name) \(.packageFileName)"'
	assert_output - <<-EOF
		SPDXRef-Root root null
		SPDXRef-Image-1 $REGISTRY/tools/one:1 null
		SPDXRef-1-root root <&> /
		SPDXRef-1-musl musl null
		SPDXRef-Image-2 $REGISTRY/tools/two:1 containers/onboot/000-a/lower
		SPDXRef-2-root root <&> containers/onboot/000-a/lower
		SPDXRef-2-musl musl containers/onboot/000-a/lower
	EOF
	run -0 jq -r '.files[] | "\(.SPDXID) \(.fileName) \(.licenseInfoInFiles[])"' sbom.json
	assert_output - <<-EOF
		SPDXRef-1-file /bin/x LicenseRef-1-odd
		SPDXRef-2-file containers/onboot/000-a/lower/bin/x LicenseRef-2-odd
	EOF
	run -0 jq -r '.relationships[] | "\(.spdxElementId) \(.relationshipType) \(.relatedSpdxElement)"' sbom.json
	assert_line --index 0 "SPDXRef-DOCUMENT DESCRIBES SPDXRef-Root"
	assert_line --index 1 "SPDXRef-Root CONTAINS SPDXRef-Image-1"
	assert_line --index 2 "SPDXRef-Image-1 CONTAINS SPDXRef-1-root"
	assert_line --index 3 "SPDXRef-1-root CONTAINS SPDXRef-1-musl"
	assert_line --index 4 "SPDXRef-1-musl GENERATED_FROM DocumentRef-1-other:SPDXRef-musl"
	assert_line --index 5 "SPDXRef-1-part OTHER NOASSERTION"
	assert_line --index 6 "SPDXRef-1-root CONTAINS SPDXRef-1-file"
	assert_line --index 7 "SPDXRef-Root CONTAINS SPDXRef-Image-2"
	assert_equal "${#lines[@]}" 13
	run -0 jq -r '.packages[2].licenseDeclared,
		.packages[3].downloadLocation, .snippets[1].ranges[0].startPointer.reference' sbom.json
	assert_output - <<-EOF
		LicenseRef-1-odd AND (MIT OR LicenseRef-1-odd)
		NOASSERTION
		SPDXRef-2-file
	EOF
}

@test "the same images give the same document, from whatever cache" {
	attested_manifest m.yml
	make_tar m.yml
	cp m.tar first.tar
	KITBUILD_CACHE=$BATS_TEST_TMPDIR/other make_tar m.yml
	cmp m.tar first.tar
	"$KITBUILD" --offline build --arch amd64 -f tar m.yml
	cmp m.tar first.tar
	run -0 "$KITBUILD" cache verify
}

@test "an image is listed once, however often it is used" {
	usual_images
	manifest m.yml <<-EOF
		init: [test/tool:1]
		onboot:
		  - {name: a, image: test/tool:1}
		  - {name: b, image: test/tool:1}
		services:
		  - {name: c, image: test/web:1}
	EOF
	build -f tar m.yml
	run -0 sbom m.tar '.packages[] | .name'
	assert_output - <<-EOF
		root
		docker.io/test/tool:1
		docker.io/test/web:1
	EOF
}

@test "attestations are fetched only for the list" {
	attested_manifest m.yml
	make_tar --no-sbom m.yml
	# two indexes of one manifest, config and layer each
	run -0 ls "$KITBUILD_CACHE/blobs/sha256"
	assert_equal "${#lines[@]}" 8
	make_tar m.yml
	# and for each an attestation, with one statement between them
	run -0 ls "$KITBUILD_CACHE/blobs/sha256"
	assert_equal "${#lines[@]}" 10
}

@test "a cache filled in advance has the attestations too" {
	"$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/one:1" "$REGISTRY/tools/two:1"
	attested_manifest m.yml
	run -0 --separate-stderr "$KITBUILD" --offline build --arch amd64 -f tar m.yml
	refute [ "$(grep -c attest <<<"$stderr")" -gt 0 ]
	run -0 sbom m.tar '[.packages[] | select(.name == "musl")] | length'
	assert_output 2
}

@test "offline, an image is built without an attestation that is not there, and it is told" {
	attested_manifest m.yml
	make_tar --no-sbom m.yml
	run -0 "$KITBUILD" --offline build --arch amd64 -f tar m.yml
	assert_output --partial "image $REGISTRY/tools/one:1: its attestation is not in the cache"
	assert_output --partial "image $REGISTRY/tools/two:1: its attestation is not in the cache"
	assert_output --partial "nothing of it goes into the SBOM"
	run -0 sbom m.tar '.packages | length'
	assert_output 3
}

@test "an attestation that its registry has lost is told" {
	spdx | jq -c '.name = "lost"' >lost.json
	registry_push_attested tools/lost:1 lost.json
	in_toto "$SPDX_PREDICATE" lost.json >statement
	rm "$(registry_blob "$(sha256 statement)")"
	manifest m.yml <<<"init: ['$REGISTRY/tools/lost:1']"
	run -0 make_tar m.yml
	assert_output --partial "not found at $REGISTRY; nothing of it goes into the SBOM"
	sbom m.tar >/dev/null
}

@test "an attestation with other bytes than its digest says is refused" {
	spdx | jq -c '.name = "evil"' >evil.json
	registry_push_attested tools/evil:1 evil.json
	in_toto "$SPDX_PREDICATE" evil.json >statement
	sed -i s/evil/good/ "$(registry_blob "$(sha256 statement)")"
	manifest m.yml <<<"init: ['$REGISTRY/tools/evil:1']"
	run -3 make_tar m.yml
	assert_output --partial "blob $(sha256 statement)"
	assert [ ! -e m.tar ]
	make_tar --no-sbom m.yml
}

@test "a damaged attestation in the cache is fetched again, or refused offline" {
	local blob
	attested_manifest m.yml
	make_tar m.yml
	cp m.tar first.tar
	in_toto "$SPDX_PREDICATE" "$BATS_FILE_TMPDIR/spdx.json" >statement
	blob=$KITBUILD_CACHE/blobs/sha256/$(sha256sum <statement | cut -c1-64)
	sed -i s/musl/MUSL/ "$blob"
	run -3 "$KITBUILD" --offline build --arch amd64 -f tar m.yml
	assert_output --partial "is damaged"
	run -3 "$KITBUILD" cache verify
	run -0 make_tar m.yml
	assert_output --partial "fetching it again"
	cmp m.tar first.tar
}

@test "elements that would break the document are left out and counted" {
	push_bad tools/odd:1 '
		.packages += [{SPDXID: "SPDXRef-root", name: "twice"},
			{SPDXID: "SPDXRef-DOCUMENT", name: "document"},
			{SPDXID: "bad id", name: "bad"}, {SPDXID: "SPDXRef-nameless"}] |
		.relationships += [{spdxElementId: "SPDXRef-root",
			relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-nowhere"},
			{spdxElementId: "SPDXRef-root", relationshipType: "CONTAINS",
			relatedSpdxElement: "DocumentRef-unknown:SPDXRef-x"}] |
		.snippets[0].snippetFromFile = "SPDXRef-musl-file" |
		.packages[1].hasFiles = ["SPDXRef-lost", 5]'
	run -0 make_tar bad.yml
	assert_output --partial "image $REGISTRY/tools/odd:1: 8 elements of its attested SBOM are left out"
	run -0 sbom bad.tar '.packages | map(.name) | join(",")'
	assert_output "root,$REGISTRY/tools/odd:1,root <&>,musl"
}

@test "no name of a file leads out of its image" {
	push_bad tools/climb:1 '.files[0].fileName = "./x/../../../../escape/./y"'
	printf 'onboot: [{name: c, image: "%s/tools/climb:1"}]\n' "$REGISTRY" >bad.yml
	make_tar bad.yml
	run -0 sbom bad.tar '.files[0].fileName'
	assert_output "containers/onboot/000-c/lower/escape/y"
}

# A statement that is not what it should be: after text, with its message.
assert_refused() {
	run -2 make_tar bad.yml
	assert_output --partial "image $REGISTRY/$1: its attested SBOM (--no-sbom builds without): $2"
	assert [ ! -e bad.tar ]
	make_tar --no-sbom bad.yml
	rm bad.tar
}

@test "attestations that are no SPDX are refused, with the way around" {
	push_bad tools/list:1 '.packages = {}'
	assert_refused tools/list:1 "'packages' is no list"
	push_bad tools/text:1 '.files[0] = "text"'
	assert_refused tools/text:1 "files[0] is no object"
	push_bad tools/none:1 '[]'
	assert_refused tools/none:1 "it is announced as SPDX but holds none"
}

@test "an attestation that is too deep is refused" {
	printf '%.0s[' {1..100000} >bad.json
	registry_push_attested tools/deep:1 bad.json
	printf 'init: ["%s/tools/deep:1"]\n' "$REGISTRY" >bad.yml
	assert_refused tools/deep:1 "statement:1:"
}

@test "an attestation that is too large is neither fetched nor read, and told" {
	{
		printf '{"spdxVersion":"SPDX-2.3","comment":"'
		head -c 34000000 /dev/zero | tr '\0' x
		printf '"}'
	} >bad.json
	registry_push_attested tools/large:1 bad.json
	printf 'init: ["%s/tools/large:1"]\n' "$REGISTRY" >bad.yml
	run -0 make_tar bad.yml
	assert_output --partial "a statement about it has 340"
	assert_output --partial "at most 33554432 are fetched"
	sbom bad.tar >/dev/null
	assert [ "$(du -s "$KITBUILD_CACHE" | cut -f1)" -lt 1000 ]
}

@test "an attestation with more elements than memory should hold is left out and told" {
	{
		printf '{"spdxVersion":"SPDX-2.3","packages":['
		head -c 3000000 /dev/zero | sed 's/\x00/{},/g'
		printf '{}]}'
	} >bad.json
	registry_push_attested tools/many:1 bad.json
	printf 'init: ["%s/tools/many:1"]\n' "$REGISTRY" >bad.yml
	run -0 make_tar bad.yml
	assert_output --partial "image $REGISTRY/tools/many:1: its attested SBOM has too many elements"
	run -0 sbom bad.tar '.packages | length'
	assert_output 2
}

@test "a document of another SPDX is left out and told" {
	push_bad tools/three:1 '.spdxVersion = "SPDX-3.0"'
	run -0 make_tar bad.yml
	assert_output --partial "its attested SBOM is of 'SPDX-3.0', and only SPDX-2 is read"
	run -0 sbom bad.tar '.packages | length'
	assert_output 2
}

@test "an image that is only attested is no image" {
	run -2 "$KITBUILD" cache pull --arch amd64 "$REGISTRY/tools/one:attestation"
	assert_output --partial "statements about an image, not an image"
}
