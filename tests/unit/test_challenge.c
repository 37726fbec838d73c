/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/oci/auth.h"

TEST(a_bearer_challenge_names_realm_and_service)
{
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(
		&challenge,
		"Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:a/b:pull,push\"");
	CHECK(challenge.bearer);
	CHECK(!challenge.basic);
	CHECK_STR(challenge.realm, "https://auth.docker.io/token");
	CHECK_STR(challenge.service, "registry.docker.io");
}

TEST(a_basic_challenge_is_seen)
{
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(&challenge, "basic realm=x");
	CHECK(challenge.basic);
	CHECK(!challenge.bearer);
	CHECK(challenge.realm == NULL);
}

TEST(several_challenges_in_one_header_are_told_apart)
{
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(
		&challenge,
		"Negotiate, Basic realm=\"a, Bearer realm=b\", Bearer service=s , realm=\"https://r\"");
	CHECK(challenge.basic);
	CHECK(challenge.bearer);
	CHECK_STR(challenge.realm, "https://r");
	CHECK_STR(challenge.service, "s");
}

TEST(escapes_in_quoted_strings_are_undone)
{
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(&challenge, "Bearer realm=\"a\\\"b\\\\c\"");
	CHECK_STR(challenge.realm, "a\"b\\c");
}

TEST(what_cannot_be_read_asks_for_nothing)
{
	SCOPED(oci_challenge) challenge = { 0 };

	oci_challenge_add(&challenge, "");
	oci_challenge_add(&challenge, "Bearer");
	oci_challenge_add(&challenge, "Bearer service=x");
	oci_challenge_add(&challenge, "=\"\x01");
	oci_challenge_add(&challenge, ", ,,");
	CHECK(!challenge.bearer);
	CHECK(!challenge.basic);
}
