#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where manifests come from, and the templates in them.

load ../lib/kitbuild
load ../lib/registry

setup() {
	export KITBUILD_CACHE="$BATS_TEST_TMPDIR/cache"
	cd "$BATS_TEST_TMPDIR"
	rogue_start
	mkdir tool
	printf 'image: tool\ncontents: {files: [{path: bin/tool, contents: x}]}\n' >tool/build.yml
	NAME=$(kitbuild pkg build tool 2>/dev/null)
}

teardown() {
	rogue_stop
}

in_tar() {
	tar --warning=no-unknown-keyword -xOf "$1" "$2"
}

@test "a manifest is read from standard input" {
	run -0 kitbuild build -f tar - <<<'files: [{path: a, contents: here}]'
	assert_equal "$(in_tar moby.tar a)" here
}

@test "a manifest is fetched from the web, redirected or not" {
	rogue_reply /m/far.yml 200 <<<'files: [{path: a, contents: far}]'
	rogue_reply /m/near.yml 302 "Location: /m/far.yml" </dev/null
	run -0 kitbuild build -f tar "http://$ROGUE/m/far.yml"
	assert_equal "$(in_tar far.tar a)" far
	run -0 kitbuild build -f tar "http://$ROGUE/m/near.yml"
	cmp near.tar far.tar
}

@test "what is wrong with a manifest from the web is told with its URL" {
	rogue_reply /m.yml 200 <<<'fils: []'
	run -2 kitbuild build "http://$ROGUE/m.yml"
	assert_output "kitbuild: http://$ROGUE/m.yml:1:1: unknown key 'fils' in the manifest; is it 'files'?"
}

@test "an error page is not taken for a manifest" {
	run -2 kitbuild build "http://$ROGUE/none.yml"
	assert_output "kitbuild: there is no http://$ROGUE/none.yml: the server answers 404"
	rogue_reply /denied.yml 403 <<<'files: []'
	run -1 kitbuild build "http://$ROGUE/denied.yml"
	assert_output "kitbuild: http://$ROGUE/denied.yml: the server answers 403"
	run -0 ls
	refute_output --partial denied
}

@test "redirects come to an end" {
	rogue_reply /loop.yml 302 "Location: /loop.yml" </dev/null
	run -1 kitbuild build "http://$ROGUE/loop.yml"
	assert_output --partial "redirects more than 5 times"
}

@test "a manifest from the web is not larger than any other" {
	rogue_raw /big.yml < <(
		printf 'HTTP/1.1 200 OK\r\n\r\n'
		head -c 20000000 /dev/zero | tr '\0' '#'
	)
	run -1 kitbuild build "http://$ROGUE/big.yml"
	assert_output --partial "cannot reach http://$ROGUE/big.yml"
}

@test "offline, nothing is fetched from the web" {
	run -1 kitbuild --offline build "http://$ROGUE/m.yml"
	assert_output "kitbuild: http://$ROGUE/m.yml cannot be fetched: --offline is given"
	run -0 rogue_requests
	assert_output ""
}

@test "a manifest from the web names no folders of this machine" {
	rogue_reply /m.yml 200 <<<'init: ["@pkg:tool"]'
	run -2 kitbuild build "http://$ROGUE/m.yml"
	assert_output "kitbuild: http://$ROGUE/m.yml:1:8: @pkg:tool: a manifest from the network cannot name folders of this machine"
}

@test "a package's name stands wherever a template does, in keys too" {
	cat >t.yml <<-'EOF'
		files:
		  - {path: a, contents: "@pkg:tool"}
		onboot:
		  - name: one
		    image: "@pkg:./tool"
		    command: ["/bin/tool", "@pkg:tool"]
		    annotations: {"@pkg:tool": x}
	EOF
	kitbuild build -f tar t.yml
	assert_equal "$(in_tar t.tar a)" "$NAME"
	run -0 in_tar t.tar containers/onboot/000-one/config.json
	assert_equal "$(jq -r '.process.args[1]' <<<"$output")" "$NAME"
	assert_equal "$(jq -r '.annotations | keys[0]' <<<"$output")" "$NAME"
}

@test "text that begins with an @ and is no template stays" {
	cat >t.yml <<-'EOF'
		files:
		  - {path: a, contents: "@reboot job"}
		  - {path: b, contents: "@pkg:tool and more"}
		  - {path: c, contents: "@"}
		  - {path: d, contents: "@Home:x"}
	EOF
	kitbuild build -f tar t.yml
	assert_equal "$(in_tar t.tar a)" "@reboot job"
	assert_equal "$(in_tar t.tar b)" "@pkg:tool and more"
	assert_equal "$(in_tar t.tar c)" "@"
	assert_equal "$(in_tar t.tar d)" "@Home:x"
}

@test "every template that is wrong is told with its place" {
	cat >t.yml <<-'EOF'
		init: ["@pkg:none"]
		files:
		  - {path: a, contents: "@file:x"}
	EOF
	run -2 kitbuild build -f tar t.yml
	assert_line "kitbuild: t.yml:1:8: ./none is no package: there is no ./none/build.yml"
	assert_line "kitbuild: t.yml:3:25: '@file:x' is no template: only @pkg:PATH is one"
}
