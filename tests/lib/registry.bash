# SPDX-License-Identifier: Apache-2.0
# A registry on this machine, and images to put into it.
#
#   registry_start        sets REGISTRY=127.0.0.1:PORT; speaks TLS when
#                         REGISTRY_TLS="CERTIFICATE KEY" is set; REGISTRY_AUTH
#                         is its configuration of who may do what
#   registry_push_fixture NAME [ARCH]        one image, one small layer
#   registry_push_index NAME ARCH...         an index of such images
#   registry_push_attested NAME FILE...      one image, and in its index an
#                         attestation: a statement for each SPDX document
#   registry_blob DIGEST  the file in which the registry keeps a blob
#   registry_requests     what was asked so far, a line each
#   registry_changes      what was sent so far: METHOD PATH STATUS, a line each
#   certificate NAME      makes NAME.crt and NAME.key for 127.0.0.1
#   token_start NAME      a token server for REGISTRY_AUTH, with that certificate;
#                         sets TOKENS=127.0.0.1:PORT; user:secret may do all
#   token_requests        what was asked of it: QUERY AUTHORIZATION, a line each
#   token_stop
#   registry_stop

registry_start() {
	local tls=""
	if [ -n "${REGISTRY_TLS:-}" ]; then
		tls=", tls: { certificate: \"${REGISTRY_TLS% *}\", key: \"${REGISTRY_TLS#* }\" }"
	fi
	REGISTRY_DIR="$BATS_FILE_TMPDIR/registry"
	mkdir -p "$REGISTRY_DIR/storage"
	cat >"$REGISTRY_DIR/config.yml" <<-EOF
		version: 0.1
		log: { accesslog: { disabled: false }, level: info }
		storage: { filesystem: { rootdirectory: $REGISTRY_DIR/storage } }
		http: { addr: "127.0.0.1:0"$tls }
		${REGISTRY_AUTH:+auth: $REGISTRY_AUTH}
	EOF
	docker-registry serve "$REGISTRY_DIR/config.yml" \
		>"$REGISTRY_DIR/log" 2>&1 3>&- &
	REGISTRY_PID=$!
	local port="" i
	for ((i = 0; i < 100 && ${#port} == 0; i++)); do
		sleep 0.1
		port=$(sed -n 's/.*listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' \
			"$REGISTRY_DIR/log")
	done
	[ -n "$port" ] || { cat "$REGISTRY_DIR/log" >&2 && return 1; }
	export REGISTRY=127.0.0.1:$port REGISTRY_DIR REGISTRY_PID
}

registry_stop() {
	[ -z "${REGISTRY_PID:-}" ] || kill "$REGISTRY_PID" || true
}

registry_blob() {
	local hex=${1#sha256:}
	echo "$REGISTRY_DIR/storage/docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"
}

registry_changes() {
	sed -nE 's/.*"(HEAD|POST|PUT|PATCH) ([^" ]*) [^"]*" ([0-9]+).*/\1 \2 \3/p' \
		"$REGISTRY_DIR/log"
}

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 \
		-keyout "$1.key" -out "$1.crt" 2>/dev/null
}

token_start() {
	TOKEN_DIR="$BATS_TEST_TMPDIR/tokens"
	mkdir -p "$TOKEN_DIR"
	: >"$TOKEN_DIR/requests"
	perl "$(dirname "${BASH_SOURCE[0]}")/tokens.pl" "$TOKEN_DIR" "$1" 3>&- &
	TOKEN_PID=$!
	local i
	for ((i = 0; i < 100; i++)); do
		[ ! -f "$TOKEN_DIR/port" ] || break
		sleep 0.1
	done
	TOKENS=127.0.0.1:$(<"$TOKEN_DIR/port")
	export TOKENS
}

token_requests() {
	cat "$TOKEN_DIR/requests"
}

token_stop() {
	[ -z "${TOKEN_PID:-}" ] || kill "$TOKEN_PID" || true
	TOKEN_PID=
}

# Where fixtures are made, also in setup_file, which is no test.
registry_scratch() {
	echo "${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}"
}

registry_requests() {
	grep -o '"GET [^"]*"' "$REGISTRY_DIR/log"
}

# An OCI layout at DIR with one image, tagged "fixture", whose one layer holds
# /etc/NAME.
fixture_layout() {
	local dir=$1 name=$2 arch=${3:-amd64} file
	file="$(registry_scratch)/fixture-file"
	# A whole block: umoci does not fill up the last one of a layer.
	printf '%-511s\n' "this is $name for $arch" >"$file"
	umoci init --layout "$dir"
	umoci new --image "$dir:fixture"
	umoci insert --rootless --image "$dir:fixture" "$file" "/etc/$name"
	umoci config --image "$dir:fixture" --architecture "$arch" --os linux
}

registry_push_fixture() {
	local name=$1 arch=${2:-amd64} dir
	dir=$(mktemp -d "$(registry_scratch)/layout-XXXXXX")
	rm -r "$dir"
	fixture_layout "$dir" "$(basename "${name%%:*}")" "$arch" >/dev/null
	skopeo copy --quiet --insecure-policy --dest-tls-verify=false \
		"oci:$dir:fixture" "docker://$REGISTRY/$name" >/dev/null
}

registry_manifest() {
	curl -sf -H 'Accept: application/vnd.oci.image.manifest.v1+json' \
		"http://$REGISTRY/v2/${1%%:*}/manifests/${1##*:}"
}

registry_put() {
	local name=$1 type=$2
	curl -sf -X PUT -H "Content-Type: $type" --data-binary @- \
		"http://$REGISTRY/v2/${name%%:*}/manifests/${name##*:}"
}

registry_push_index() {
	local name=$1 arch entries="" manifest
	shift
	for arch; do
		registry_push_fixture "${name%%:*}:of-$arch" "$arch"
		manifest="$(registry_scratch)/manifest-$arch"
		registry_manifest "${name%%:*}:of-$arch" >"$manifest"
		entries+="${entries:+,}{
			\"mediaType\": \"application/vnd.oci.image.manifest.v1+json\",
			\"size\": $(stat -c %s "$manifest"),
			\"digest\": \"sha256:$(sha256sum <"$manifest" | cut -c1-64)\",
			\"platform\": {\"os\": \"linux\", \"architecture\": \"$arch\"}}"
	done
	registry_put "$name" application/vnd.oci.image.index.v1+json <<-EOF
		{"schemaVersion": 2,
		 "mediaType": "application/vnd.oci.image.index.v1+json",
		 "manifests": [$entries]}
	EOF
}

# registry_put_blob NAME FILE: prints its descriptor's size and digest.
registry_put_blob() {
	local name=$1 file=$2 digest place
	digest=sha256:$(sha256sum <"$file" | cut -c1-64)
	place=$(curl -sf -X POST -D - -o /dev/null \
		"http://$REGISTRY/v2/$name/blobs/uploads/" |
		tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
	curl -sf -X PUT -H 'Content-Type: application/octet-stream' \
		--data-binary "@$file" "$place&digest=$digest"
	printf '"size": %d, "digest": "%s"' "$(stat -c %s "$file")" "$digest"
}

# in_toto TYPE FILE: a statement whose predicate is the JSON in the file.
in_toto() {
	printf '{"_type":"https://in-toto.io/Statement/v0.1","subject":[],'
	printf '"predicateType":"%s","predicate":' "$1"
	cat "$2"
	printf '}'
}

SPDX_PREDICATE=https://spdx.dev/Document

# statements_manifest TYPE CONFIG STATEMENT...: of size and digest of each.
statements_manifest() {
	local type=$1 config=$2 entries="" descriptor
	shift 2
	for descriptor; do
		entries+="${entries:+,}{
			\"mediaType\": \"application/vnd.in-toto+json\", $descriptor,
			\"annotations\": {\"in-toto.io/predicate-type\": \"$type\"}}"
	done
	cat <<-EOF
		{"schemaVersion": 2,
		 "mediaType": "application/vnd.oci.image.manifest.v1+json",
		 "config": {"mediaType": "application/vnd.oci.image.config.v1+json", $config},
		 "layers": [$entries]}
	EOF
}

# attested_index MANIFEST ATTESTATION: of two files, the second about the first.
attested_index() {
	local type=application/vnd.oci.image.manifest.v1+json image
	image=sha256:$(sha256sum <"$1" | cut -c1-64)
	cat <<-EOF
		{"schemaVersion": 2,
		 "mediaType": "application/vnd.oci.image.index.v1+json",
		 "manifests": [
		 {"mediaType": "$type", "size": $(stat -c %s "$1"), "digest": "$image",
		  "platform": {"os": "linux", "architecture": "amd64"}},
		 {"mediaType": "$type", "size": $(stat -c %s "$2"),
		  "digest": "sha256:$(sha256sum <"$2" | cut -c1-64)",
		  "platform": {"os": "unknown", "architecture": "unknown"},
		  "annotations": {"vnd.docker.reference.type": "attestation-manifest",
		    "vnd.docker.reference.digest": "$image"}}]}
	EOF
}

registry_push_attested() {
	local name=$1 repository=${1%%:*} dir file
	dir=$(registry_scratch)
	local statements=()
	shift
	registry_push_fixture "$repository:of-amd64"
	registry_manifest "$repository:of-amd64" >"$dir/manifest"
	echo '{"os":"unknown","architecture":"unknown"}' >"$dir/config"
	for file; do
		in_toto "$SPDX_PREDICATE" "$file" >"$dir/statement"
		statements+=("$(registry_put_blob "$repository" "$dir/statement")")
	done
	statements_manifest "$SPDX_PREDICATE" \
		"$(registry_put_blob "$repository" "$dir/config")" \
		"${statements[@]}" >"$dir/attestation"
	registry_put "$repository:attestation" \
		application/vnd.oci.image.manifest.v1+json <"$dir/attestation"
	attested_index "$dir/manifest" "$dir/attestation" |
		registry_put "$name" application/vnd.oci.image.index.v1+json
}

# A dishonest registry, one for each test:
#
#   rogue_start           sets ROGUE=127.0.0.1:PORT
#   rogue_reply PATH STATUS [HEADER...] <BODY    an answer, with its length
#   rogue_raw PATH <REPLY                        an answer, byte for byte
#   rogue_image NAME      answers that make up a good image; sets ROGUE_CONFIG,
#                         ROGUE_LAYER and ROGUE_MANIFEST, digests
#   rogue_requests        what was asked: PATH AUTHORIZATION [RANGE], a line each
#   rogue_stop
#
# PATH may end in ".n": the answer of the n-th time.

rogue_start() {
	ROGUE_DIR="$BATS_TEST_TMPDIR/rogue"
	mkdir -p "$ROGUE_DIR"
	: >"$ROGUE_DIR/requests"
	perl "$(dirname "${BASH_SOURCE[0]}")/rogue.pl" "$ROGUE_DIR" 3>&- &
	ROGUE_PID=$!
	local i
	for ((i = 0; i < 500; i++)); do
		[ ! -f "$ROGUE_DIR/port" ] || break
		sleep 0.02
	done
	ROGUE=127.0.0.1:$(<"$ROGUE_DIR/port")
	export ROGUE
}

rogue_stop() {
	[ -z "${ROGUE_PID:-}" ] || kill "$ROGUE_PID" || true
}

rogue_requests() {
	cat "$ROGUE_DIR/requests"
}

rogue_raw() {
	cat >"$ROGUE_DIR/${1//\//+}"
}

rogue_reply() {
	local path=$1 status=$2 body="$BATS_TEST_TMPDIR/reply-body" header
	shift 2
	cat >"$body"
	{
		printf 'HTTP/1.1 %s Status\r\n' "$status"
		for header; do
			printf '%s\r\n' "$header"
		done
		printf 'Content-Length: %d\r\nConnection: close\r\n\r\n' \
			"$(stat -c %s "$body")"
		cat "$body"
	} | rogue_raw "$path"
}

sha256() {
	sha256sum "$1" | cut -c1-64 | sed 's/^/sha256:/'
}

rogue_image() {
	local name=$1 dir="$BATS_TEST_TMPDIR" type=application/vnd.oci.image
	tar -C "$dir" -cf "$dir/layer" --files-from /dev/null
	echo '{"os":"linux","architecture":"amd64"}' >"$dir/config"
	ROGUE_LAYER=$(sha256 "$dir/layer")
	ROGUE_CONFIG=$(sha256 "$dir/config")
	cat >"$dir/manifest" <<-EOF
		{"schemaVersion": 2,
		 "config": {"mediaType": "$type.config.v1+json",
		   "size": $(stat -c %s "$dir/config"),
		   "digest": "$ROGUE_CONFIG"},
		 "layers": [{"mediaType": "$type.layer.v1.tar",
		   "size": $(stat -c %s "$dir/layer"),
		   "digest": "$ROGUE_LAYER"}]}
	EOF
	ROGUE_MANIFEST=$(sha256 "$dir/manifest")
	export ROGUE_LAYER ROGUE_CONFIG ROGUE_MANIFEST
	rogue_reply "/v2/$name/manifests/1" 200 \
		"Content-Type: $type.manifest.v1+json" <"$dir/manifest"
	rogue_reply "/v2/$name/blobs/$ROGUE_CONFIG" 200 <"$dir/config"
	rogue_reply "/v2/$name/blobs/$ROGUE_LAYER" 200 <"$dir/layer"
}
