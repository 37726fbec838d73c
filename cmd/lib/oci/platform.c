/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms. */
#include "cmd/lib/oci/platform.h"

#include <ctype.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

#define TEXT_MAX 64
#define RANK_BEST 10000U
#define RANK_NEWER 1000U

/* Other names of architectures, and the variant that some of them mean. */
static const struct {
	const char *name, *arch, *variant;
} aliases[] = {
	{ "x86_64", "amd64", NULL },  { "x86-64", "amd64", NULL },
	{ "aarch64", "arm64", NULL }, { "i386", "386", NULL },
	{ "armhf", "arm", "v7" },     { "armel", "arm", "v6" },
};

/* The variant that is meant when none is told. */
static const struct {
	const char *arch;
	unsigned version;
} usual[] = {
	{ "arm", 7 },
	{ "arm64", 8 },
	{ "amd64", 1 },
};

void oci_platform_release(struct oci_platform *platform)
{
	free(platform->arch);
	free(platform->variant);
	*platform = (struct oci_platform){ 0 };
}

static unsigned usual_version(const char *arch)
{
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (strcmp(usual[i].arch, arch) == 0)
			return usual[i].version;
	return 0;
}

/* "v7" and "7" give 7, none the usual one; false: it has no number. */
static bool version_of(const char *arch, const char *variant, unsigned *version)
{
	*version = usual_version(arch);
	if (!variant || !*variant)
		return true;
	variant += *variant == 'v';
	if (!*variant || strspn(variant, "0123456789") != strlen(variant) ||
	    strlen(variant) > 3)
		return false;
	*version = (unsigned)strtoul(variant, NULL, 10);
	return true;
}

/* As it is kept: the usual variant untold, a number with its "v". */
static void settle(struct oci_platform *platform, const char *arch,
		   const char *variant)
{
	unsigned version;

	for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
		if (strcmp(arch, aliases[i].name) == 0) {
			arch = aliases[i].arch;
			variant = variant && *variant ? variant
						      : aliases[i].variant;
			break;
		}
	platform->arch = xstrdup(arch);
	platform->variant = NULL;
	if (!variant || !*variant)
		return;
	if (!version_of(arch, variant, &version))
		platform->variant = xstrdup(variant);
	else if (version != usual_version(arch))
		platform->variant = xasprintf("v%u", version);
}

/* "arm64/v8", and not "windows/amd64". */
static bool has_variants(const char *arch)
{
	SCOPED(oci_platform) plain = { 0 };

	settle(&plain, arch, NULL);
	return usual_version(plain.arch) > 0;
}

static bool is_word(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("_-.", *text))
			return false;
	return true;
}

int oci_platform_parse(struct oci_platform *platform, const char *text,
		       struct err *err)
{
	const char *rest = strncmp(text, "linux/", 6) == 0 ? text + 6 : text;
	const char *slash = strchr(rest, '/');
	SCOPED_FREE char *arch =
		xstrndup(rest, slash ? (size_t)(slash - rest) : strlen(rest));

	*platform = (struct oci_platform){ 0 };
	if (strlen(text) > TEXT_MAX || !is_word(arch) ||
	    (slash && !is_word(slash + 1)) ||
	    (slash && rest == text && !has_variants(arch)))
		return err_set(
			err, FAULT_INPUT,
			"platform '%.64s': not of the form arm64, linux/arm64 or linux/arm/v7",
			text);
	settle(platform, arch, slash ? slash + 1 : NULL);
	return 0;
}

char *oci_platform_text(const struct oci_platform *platform)
{
	if (!platform->variant)
		return xstrdup(platform->arch);
	return xasprintf("%s/%s", platform->arch, platform->variant);
}

static unsigned rank_variant(const struct oci_platform *wanted,
			     const struct oci_platform *image)
{
	unsigned ours;
	unsigned theirs;

	if (!version_of(wanted->arch, wanted->variant, &ours) ||
	    !version_of(image->arch, image->variant, &theirs)) {
		if (!wanted->variant)
			return 1;
		return image->variant && strcmp(wanted->variant,
						image->variant) == 0
			       ? RANK_BEST
			       : 0;
	}
	if (theirs <= ours)
		return RANK_BEST - (ours - theirs);
	return wanted->variant ? 0 : RANK_NEWER + ours - theirs + 1;
}

unsigned oci_platform_rank(const struct oci_platform *platform,
			   const struct oci_made_for *image)
{
	SCOPED(oci_platform) made = { 0 };

	if (!image->os || !image->arch || strcmp(image->os, "linux") != 0)
		return 0;
	settle(&made, image->arch, image->variant);
	if (strcmp(platform->arch, made.arch) != 0)
		return 0;
	return rank_variant(platform, &made);
}

bool oci_platform_is(const char *text, const struct oci_made_for *image)
{
	const char *slash = strchr(text, '/');
	SCOPED(oci_platform) wanted = { 0 };
	SCOPED(oci_platform) made = { 0 };
	SCOPED(err) ignored = { 0 };
	SCOPED_FREE char *os = NULL;
	SCOPED_FREE char *rest = NULL;
	SCOPED_FREE char *left = NULL;
	SCOPED_FREE char *right = NULL;

	if (!slash || !image->os || !image->arch)
		return false;
	os = xstrndup(text, (size_t)(slash - text));
	/* Names of processors are the same with every system. */
	rest = xasprintf("linux%s", slash);
	if (strcmp(os, image->os) != 0 ||
	    oci_platform_parse(&wanted, rest, &ignored) < 0 || !wanted.arch)
		return false;
	settle(&made, image->arch, image->variant);
	if (!strchr(slash + 1, '/'))
		return strcmp(wanted.arch, made.arch) == 0;
	left = oci_platform_text(&wanted);
	right = oci_platform_text(&made);
	return strcmp(left, right) == 0;
}
