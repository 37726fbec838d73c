/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The package databases that images carry: dpkg's and apk's text files, and
 * rpm's database in its three forms. Parsers take bytes, keep what a bill of
 * materials needs, and are bounded; what is damaged is FAULT_INPUT.
 */
#pragma once

#include "cmd/lib/base/arena.h"
#include "cmd/lib/base/err.h"
#include "cmd/lib/image/spool.h"
#include "cmd/lib/image/tree.h"

/* What is larger is not read; a database of rpm has to lie in memory. */
#define PKGDB_MAX_BYTES ((size_t)64 << 20)
/* More packages than this no image has. */
#define PKGDB_MAX_PACKAGES 16384
/* No name, version or licence needs more; the rest of a longer text goes. */
#define PKGDB_MAX_TEXT ((size_t)1024)

enum pkgdb_kind {
	PKGDB_DEB,
	PKGDB_APK,
	PKGDB_RPM,
};

/* Texts are in the arena, valid UTF-8; NULL when the database has none. */
struct pkgdb_package {
	enum pkgdb_kind kind;
	const char *name, *version, *arch;
	const char *epoch;      /* of an rpm, a number */
	const char *source;     /* the source package, as the database says */
	const char *maintainer; /* "Name <address>" */
	const char *vendor;     /* an organization */
	const char *license;    /* in whatever words */
	const char *homepage;
	const char *checksum_algorithm; /* as SPDX spells it */
	const char *checksum;           /* hexadecimal */
};

/* { 0 } is empty. */
struct pkgdb {
	struct arena arena;
	struct pkgdb_package *items; /* owned; in the databases' order */
	size_t count;
	size_t capacity;
	/* ID and VERSION_ID of os-release(5); NULL when there is none. */
	const char *distro, *distro_version;
};

void pkgdb_release(struct pkgdb *db);

/* Where databases are looked for. All borrowed. */
struct pkgdb_place {
	const struct tree *tree;
	struct spool *spool;
	const char *name; /* of the image, for warnings */
};

/*
 * Reads every database in the tree. One that is too large or damaged is left
 * out as a whole, with a warning: an image is no worse for it. Fails only when
 * the spool cannot be read.
 */
int pkgdb_collect(struct pkgdb *db, const struct pkgdb_place *place,
		  struct err *err) MUST_CHECK;

/* deb-control(5): stanzas of dpkg's status, or one package's control file. */
int pkgdb_parse_dpkg(struct pkgdb *db, const char *text, size_t size,
		     struct err *err) MUST_CHECK;
/* Alpine's lib/apk/db/installed. */
int pkgdb_parse_apk(struct pkgdb *db, const char *text, size_t size,
		    struct err *err) MUST_CHECK;

/* One header of rpm as its databases keep it: without lead and magic. */
int pkgdb_parse_rpm(struct pkgdb *db, const uint8_t *data, size_t size,
		    struct err *err) MUST_CHECK;
/* Databases full of them. The bytes may be changed on the way. */
int pkgdb_parse_rpm_sqlite(struct pkgdb *db, uint8_t *data, size_t size,
			   struct err *err) MUST_CHECK;
int pkgdb_parse_rpm_ndb(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err) MUST_CHECK;
int pkgdb_parse_rpm_bdb(struct pkgdb *db, uint8_t *data, size_t size,
			struct err *err) MUST_CHECK;

/* Adds an empty package of that kind; FAULT_INPUT when there are too many. */
int pkgdb_add(struct pkgdb *db, enum pkgdb_kind kind,
	      struct pkgdb_package **package, struct err *err) MUST_CHECK;
/* Forgets the package that was added last. */
void pkgdb_drop(struct pkgdb *db);
/* Copies up to a NUL into the arena; what is no UTF-8 loses its odd bytes. */
const char *pkgdb_text(struct pkgdb *db, const void *text, size_t size);
/* The bytes as hexadecimal digits, in the arena. */
const char *pkgdb_hex(struct pkgdb *db, const uint8_t *bytes, size_t size);
