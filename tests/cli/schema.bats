#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The printed JSON Schema takes and refuses what the program does, and so does
# the program what the printed manual shows.

load ../lib/kitbuild

AGREES=$ROOT/tests/lib/schema-agrees

@test "the schema is JSON with a sentence for each key" {
	run -0 kitbuild build --print-schema
	run -0 jq -r '.definitions.entry.properties.image.description' <<<"$output"
	assert_output "image reference"
	run -0 jq '[.. | .properties? // empty | .[] | select(.description == null)] | length' \
		<(kitbuild build --print-schema)
	assert_output 0
	run -0 jq '[.definitions[] | .additionalProperties] | unique' -c \
		<(kitbuild build --print-schema)
	assert_output '[false]'
}

@test "program and schema agree on every key and type" {
	run -0 "$AGREES" values
	assert_output --regexp '^[1-9][0-9]{2} compared$'
}

@test "the schema takes the examples" {
	run -0 "$AGREES" good "$ROOT"/linuxkit.yml "$ROOT"/examples/*.yml
	assert_output --regexp '^[1-9][0-9]* compared$'
}

@test "the schema takes every golden manifest" {
	run -0 "$AGREES" good "$ROOT"/tests/golden/manifests/*.yml
	assert_output --regexp '^[1-9][0-9]{2} compared$'
}

@test "the schema refuses the fixtures with a wrong key or value" {
	run -0 "$AGREES" bad "$ROOT"/tests/fixtures/reject-*.yml
	assert_output --regexp '^[1-9][0-9]+ compared$'
}

@test "the manual has a table for each schema, and no link leads nowhere" {
	local wanted
	run -0 kitbuild build --print-reference
	assert_line '| `image` | text, needed | image reference |'
	assert_line '| `resources` | [resources](#resources) | resource limits |'
	wanted=$(grep -o '](#[a-z-]*)' <<<"$output" | tr -d '](#)' | sort -u)
	assert_equal "$wanted" "$(sed -n 's/^## //p' <<<"$output" |
		tr 'A-Z ' 'a-z-' | grep -vx manifest | sort -u)"
}

@test "the example of the manual is a manifest" {
	cd "$ROOT"
	kitbuild build --print-reference | sed -n '/^    /s/^    //p' \
		>"$BATS_TEST_TMPDIR/m.yml"
	run -0 kitbuild build --dry-run - <"$BATS_TEST_TMPDIR/m.yml"
	assert_line "- name: nginx"
	run -0 "$AGREES" good "$BATS_TEST_TMPDIR/m.yml"
}
