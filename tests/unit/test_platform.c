/* SPDX-License-Identifier: Apache-2.0 */
/* links: lib */
#include "tests/unit/unit.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/platform.h"

static void check_text(const char *said, const char *wanted)
{
	SCOPED(oci_platform) platform = { 0 };
	SCOPED_FREE char *text = NULL;
	SCOPED(err) err = { 0 };

	if (oci_platform_parse(&platform, said, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	text = oci_platform_text(&platform);
	CHECK_STR(text, wanted);
}

static unsigned rank(const char *wanted, const char *arch, const char *variant)
{
	const struct oci_made_for made = { "linux", arch, variant };
	SCOPED(oci_platform) platform = { 0 };
	SCOPED(err) err = { 0 };

	if (oci_platform_parse(&platform, wanted, &err) < 0)
		UNIT_FAIL("%s", err.msg);
	return oci_platform_rank(&platform, &made);
}

TEST(one_platform_has_one_text)
{
	check_text("amd64", "amd64");
	check_text("x86_64", "amd64");
	check_text("linux/amd64", "amd64");
	check_text("amd64/v1", "amd64");
	check_text("linux/amd64/v3", "amd64/v3");
	check_text("arm64/v8", "arm64");
	check_text("linux/arm64/8", "arm64");
	check_text("aarch64", "arm64");
	check_text("arm", "arm");
	check_text("arm/v7", "arm");
	check_text("armhf", "arm");
	check_text("armel", "arm/v6");
	check_text("linux/arm/v6", "arm/v6");
	check_text("riscv64", "riscv64");
}

TEST(what_is_no_linux_platform_is_refused)
{
	static const char *const bad[] = {
		"",        "linux/",     "windows/amd64", "a b",
		"arm64/",  "arm/v7/x",   "plan9/386",     "linux//v7",
		"\x1b[0m", "linux/a\nb",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(oci_platform) platform = { 0 };
		SCOPED(err) err = { 0 };

		if (oci_platform_parse(&platform, bad[i], &err) == 0)
			UNIT_FAIL("'%s' is accepted", bad[i]);
		CHECK_INT(err.fault, FAULT_INPUT);
	}
}

TEST(the_usual_variant_is_the_one_untold)
{
	CHECK(rank("arm64", "arm64", "v8") == rank("arm64", "arm64", NULL));
	CHECK(rank("arm64/v8", "arm64", NULL) > 0);
	CHECK(rank("arm/v7", "arm", NULL) == rank("arm", "arm", "v7"));
	CHECK(rank("amd64", "x86_64", NULL) > 0);
}

TEST(an_older_variant_suits_and_the_nearest_suits_best)
{
	CHECK(rank("arm/v7", "arm", "v7") > rank("arm/v7", "arm", "v6"));
	CHECK(rank("arm/v7", "arm", "v6") > rank("arm/v7", "arm", "v5"));
	CHECK(rank("arm/v7", "arm", "v5") > 0);
	CHECK(rank("amd64/v3", "amd64", NULL) > 0);
}

TEST(a_newer_variant_is_taken_only_when_none_was_asked_for)
{
	CHECK(rank("arm/v6", "arm", "v7") == 0);
	CHECK(rank("arm/v6", "arm", NULL) == 0);
	CHECK(rank("amd64", "amd64", "v3") > 0);
	CHECK(rank("amd64", "amd64", "v3") < rank("amd64", "amd64", NULL));
	CHECK(rank("amd64", "amd64", "v2") > rank("amd64", "amd64", "v3"));
}

TEST(other_systems_and_processors_do_not_suit)
{
	const struct oci_made_for windows = { "windows", "amd64", NULL };
	SCOPED(oci_platform) platform = { 0 };
	SCOPED(err) err = { 0 };

	CHECK_INT(oci_platform_parse(&platform, "amd64", &err), 0);
	CHECK(oci_platform_rank(&platform, &windows) == 0);
	CHECK(rank("amd64", "arm64", NULL) == 0);
	CHECK(rank("mips", "mips", "softfloat") > 0);
	CHECK(rank("linux/mips/softfloat", "mips", "softfloat") > 0);
	CHECK(rank("linux/mips/softfloat", "mips", NULL) == 0);
}

TEST(a_platform_in_full_is_just_that)
{
	const struct oci_made_for arm = { "linux", "arm64", "v8" };
	const struct oci_made_for windows = { "windows", "amd64", NULL };
	const struct oci_made_for mips = { "linux", "mips", "softfloat" };

	CHECK(oci_platform_is("linux/arm64", &arm));
	CHECK(oci_platform_is("linux/arm64/v8", &arm));
	CHECK(!oci_platform_is("linux/arm64/v9", &arm));
	CHECK(!oci_platform_is("arm64", &arm));
	CHECK(oci_platform_is("windows/amd64", &windows));
	CHECK(!oci_platform_is("linux/amd64", &windows));
	CHECK(oci_platform_is("linux/mips/softfloat", &mips));
	CHECK(!oci_platform_is("linux/mips/hardfloat", &mips));
}
