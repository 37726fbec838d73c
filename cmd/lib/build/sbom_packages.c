/* SPDX-License-Identifier: Apache-2.0 */
/* Packages of a database as SPDX, with the purl that scanners look for. */
#include "cmd/lib/build/sbom_part.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/build/license.h"

/* What a kind is called in purls (purl-spec, PURL-TYPES), and whose it is. */
static const struct kind {
	const char *type, *distro;
	bool folds; /* names are in lower case */
} kinds[] = {
	[PKGDB_DEB] = { "deb", "debian", true },
	[PKGDB_APK] = { "apk", "alpine", true },
	[PKGDB_RPM] = { "rpm", NULL, false },
};

/* RFC 3986, section 2.3: what needs no escape anywhere. */
static bool is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("-._~", c));
}

static void add_escaped(struct buf *out, const char *text, bool fold)
{
	for (; *text; text++) {
		char c = *text;

		if (fold && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (is_unreserved(c))
			buf_add_char(out, c);
		else
			buf_add_fmt(out, "%%%02X", (unsigned char)c);
	}
}

static void add_qualifier(struct buf *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	buf_add_fmt(out, "%c%s=", strchr(buf_text(out), '?') ? '&' : '?', key);
	add_escaped(out, value, false);
}

static void write_purl(struct buf *out, const struct pkgdb *db,
		       const struct pkgdb_package *package)
{
	const struct kind *kind = &kinds[package->kind];
	const char *distro =
		db->distro && *db->distro ? db->distro : kind->distro;

	buf_add_fmt(out, "pkg:%s/", kind->type);
	if (distro) {
		add_escaped(out, distro, true);
		buf_add_char(out, '/');
	}
	add_escaped(out, package->name, kind->folds);
	buf_add_char(out, '@');
	add_escaped(out, package->version, false);
	/* Qualifiers are sorted by key. */
	add_qualifier(out, "arch", package->arch);
	if (db->distro && *db->distro && db->distro_version) {
		SCOPED_FREE char *full =
			xasprintf("%s-%s", db->distro, db->distro_version);

		add_qualifier(out, "distro", full);
	}
	add_qualifier(out, "epoch", package->epoch);
}

/* "SPDXRef-deb-libc6-3": the number keeps ids apart, the name is for people. */
static char *make_id(const struct pkgdb_package *package, size_t index)
{
	SCOPED(buf) id = { 0 };

	buf_add_fmt(&id, "SPDXRef-%s-", kinds[package->kind].type);
	for (const char *c = package->name; *c; c++) {
		bool fits = is_unreserved(*c) && *c != '_' && *c != '~';

		buf_add(&id, fits ? c : "-", 1);
	}
	buf_add_fmt(&id, "-%zu", index);
	return buf_take(&id);
}

/* "Name <address>" becomes SPDX's "Person: Name (address)". */
static void add_originator(json_t *json, const char *maintainer)
{
	SCOPED(buf) text = { 0 };

	if (!maintainer || !*maintainer)
		return;
	buf_add_str(&text, "Person: ");
	for (const char *c = maintainer; *c; c++) {
		if (*c == '<')
			buf_add_char(&text, '(');
		else if (*c == '>')
			buf_add_char(&text, ')');
		else
			buf_add_char(&text, *c);
	}
	json_object_set_new(json, "originator", json_string(buf_text(&text)));
}

static void add_origin(json_t *json, const struct pkgdb_package *package)
{
	if (package->vendor && *package->vendor)
		json_object_set_new(
			json, "supplier",
			json_sprintf("Organization: %s", package->vendor));
	add_originator(json, package->maintainer);
	if (package->source && *package->source)
		json_object_set_new(
			json, "sourceInfo",
			json_sprintf("built from %s", package->source));
	if (package->homepage &&
	    (strncmp(package->homepage, "https://", 8) == 0 ||
	     strncmp(package->homepage, "http://", 7) == 0))
		json_object_set_new(json, "homepage",
				    json_string(package->homepage));
}

static json_t *package_json(const struct pkgdb *db,
			    const struct pkgdb_package *package, const char *id)
{
	bool known =
		package->license && license_is_expression(package->license);
	SCOPED_FREE char *version =
		package->epoch
			? xasprintf("%s:%s", package->epoch, package->version)
			: xstrdup(package->version);
	SCOPED(buf) purl = { 0 };
	json_t *json;

	write_purl(&purl, db, package);
	json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s}", "name",
			 package->name, "SPDXID", id, "versionInfo", version,
			 "downloadLocation", "NOASSERTION", "filesAnalyzed", 0,
			 "licenseConcluded", "NOASSERTION", "licenseDeclared",
			 known ? package->license : "NOASSERTION",
			 "copyrightText", "NOASSERTION");
	add_origin(json, package);
	if (package->checksum)
		json_object_set_new(json, "checksums",
				    json_pack("[{s:s, s:s}]", "algorithm",
					      package->checksum_algorithm,
					      "checksumValue",
					      package->checksum));
	json_object_set_new(json, "externalRefs",
			    json_pack("[{s:s, s:s, s:s}]", "referenceCategory",
				      "PACKAGE-MANAGER", "referenceType",
				      "purl", "referenceLocator",
				      buf_text(&purl)));
	return json;
}

int sbom_part_add_packages(struct sbom_part *part, const struct pkgdb *db,
			   struct err *err)
{
	for (size_t i = 0; i < db->count; i++) {
		SCOPED_FREE char *id = make_id(&db->items[i], i + 1);
		SCOPED_JSON json_t *json = package_json(db, &db->items[i], id);

		if (sbom_part_add(part, SBOM_PACKAGES, json, err) < 0 ||
		    sbom_part_describe(part, id, err) < 0)
			return -1;
	}
	return 0;
}
