/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the package databases of an image. */
#include "cmd/lib/build/pkgdb.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"

#define OS_RELEASE_MAX_BYTES ((size_t)64 << 10)
#define STATUS_D "var/lib/dpkg/status.d"

void pkgdb_release(struct pkgdb *db)
{
	free(db->items);
	arena_release(&db->arena);
	*db = (struct pkgdb){ 0 };
}

int pkgdb_add(struct pkgdb *db, enum pkgdb_kind kind,
	      struct pkgdb_package **package, struct err *err)
{
	if (db->count == PKGDB_MAX_PACKAGES)
		return err_set(err, FAULT_INPUT, "more than %d packages",
			       PKGDB_MAX_PACKAGES);
	db->items =
		xgrow(db->items, db->count, &db->capacity, sizeof(*db->items));
	*package = &db->items[db->count++];
	**package = (struct pkgdb_package){ .kind = kind };
	return 0;
}

void pkgdb_drop(struct pkgdb *db)
{
	db->count--;
}

/* jansson is the judge of what is text: it has to write it in the end. */
static bool is_text(const char *text, size_t size)
{
	SCOPED_JSON json_t *json = json_stringn(text, size);

	return json != NULL;
}

const char *pkgdb_text(struct pkgdb *db, const void *text, size_t size)
{
	size_t most = size < PKGDB_MAX_TEXT ? size : PKGDB_MAX_TEXT;
	char *copy = arena_text(&db->arena, text, strnlen(text, most));

	if (is_text(copy, strlen(copy)))
		return copy;
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return copy;
}

const char *pkgdb_hex(struct pkgdb *db, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(&db->arena, 2 * size + 1);

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return text;
}

static int parse_dpkg(struct pkgdb *db, uint8_t *data, size_t size,
		      struct err *err)
{
	return pkgdb_parse_dpkg(db, (const char *)data, size, err);
}

static int parse_apk(struct pkgdb *db, uint8_t *data, size_t size,
		     struct err *err)
{
	return pkgdb_parse_apk(db, (const char *)data, size, err);
}

/* What sqlite has not yet moved from its log is not in the database. */
static int refuse_log(struct pkgdb *db, uint8_t *data, size_t size,
		      struct err *err)
{
	(void)db;
	(void)data;
	if (size == 0)
		return 0;
	return err_set(err, FAULT_INPUT,
		       "changes that have not reached the database");
}

/*
 * A place that is but a link to an earlier one, as lib -> usr/lib makes them,
 * is not read twice.
 */
static const struct database {
	const char *path;
	int (*parse)(struct pkgdb *db, uint8_t *data, size_t size,
		     struct err *err);
} databases[] = {
	{ "var/lib/dpkg/status", parse_dpkg },
	{ "lib/apk/db/installed", parse_apk },
	{ "usr/lib/apk/db/installed", parse_apk },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite-wal", refuse_log },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite", pkgdb_parse_rpm_sqlite },
	{ "usr/lib/sysimage/rpm/Packages.db", pkgdb_parse_rpm_ndb },
	{ "usr/lib/sysimage/rpm/Packages", pkgdb_parse_rpm_bdb },
	{ "var/lib/rpm/rpmdb.sqlite-wal", refuse_log },
	{ "var/lib/rpm/rpmdb.sqlite", pkgdb_parse_rpm_sqlite },
	{ "var/lib/rpm/Packages.db", pkgdb_parse_rpm_ndb },
	{ "var/lib/rpm/Packages", pkgdb_parse_rpm_bdb },
};

static const struct tree_node *find_file(const struct pkgdb_place *place,
					 const char *path)
{
	const struct tree_node *node =
		tree_lookup(place->tree, place->tree->root, path, true);

	return node && node->inode->type == INODE_FILE ? node : NULL;
}

/* All of a database or nothing: half a list would pass for a whole one. */
static int read_database(struct pkgdb *db, const struct pkgdb_place *place,
			 const struct tree_node *node,
			 const struct database *database, struct err *err)
{
	SCOPED(buf) data = { .max_bytes = PKGDB_MAX_BYTES };
	SCOPED(err) why = { 0 };
	size_t before = db->count;

	if (node->inode->content.length > PKGDB_MAX_BYTES) {
		log_warn(
			"%s: %s has over %zu bytes; its packages are not in the SBOM",
			place->name, database->path, PKGDB_MAX_BYTES);
		return 0;
	}
	if (spool_load(place->spool, &node->inode->content, &data, err) < 0)
		return err_wrap(err, "%s", database->path);
	if (data.size == 0 ||
	    database->parse(db, (uint8_t *)data.data, data.size, &why) == 0)
		return 0;
	db->count = before;
	log_warn("%s: %s: %s; its packages are not all in the SBOM",
		 place->name, database->path, why.msg);
	return 0;
}

static int read_databases(struct pkgdb *db, const struct pkgdb_place *place,
			  struct err *err)
{
	const struct inode *seen[ARRAY_LEN(databases)] = { NULL };

	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		const struct tree_node *node =
			find_file(place, databases[i].path);
		bool again = false;

		if (!node)
			continue;
		for (size_t j = 0; j < i; j++)
			again |= seen[j] == node->inode;
		seen[i] = node->inode;
		if (!again &&
		    read_database(db, place, node, &databases[i], err) < 0)
			return -1;
	}
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t size = strlen(text), tail = strlen(end);

	return size >= tail && strcmp(text + size - tail, end) == 0;
}

/* Images without dpkg keep a file for each package; sums lie beside. */
static int read_status_d(struct pkgdb *db, const struct pkgdb_place *place,
			 struct err *err)
{
	const struct tree_node *folder =
		tree_lookup(place->tree, place->tree->root, STATUS_D, true);
	const struct tree_node *node;

	if (!folder || folder->inode->type != INODE_DIRECTORY)
		return 0;
	for (node = folder->first_child; node; node = node->next_sibling) {
		SCOPED_FREE char *path = xasprintf(STATUS_D "/%s", node->name);
		const struct database database = { path, parse_dpkg };

		if (node->inode->type == INODE_FILE &&
		    !ends_in(node->name, ".md5sums") &&
		    read_database(db, place, node, &database, err) < 0)
			return -1;
	}
	return 0;
}

/* os-release(5): NAME=value in a shell's quotes; escapes are not for names. */
static const char *release_field(struct pkgdb *db, const char *text,
				 const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; *line;) {
		size_t size = strcspn(line, "\n");
		const char *value = line + length + 1;

		if (size > length && strncmp(line, name, length) == 0 &&
		    line[length] == '=') {
			value += strspn(value, "\"'");
			return pkgdb_text(db, value, strcspn(value, "\"'\n"));
		}
		line += size + (line[size] == '\n');
	}
	return NULL;
}

static int read_os_release(struct pkgdb *db, const struct pkgdb_place *place,
			   struct err *err)
{
	SCOPED(buf) text = { .max_bytes = OS_RELEASE_MAX_BYTES };
	const struct tree_node *node = find_file(place, "etc/os-release");

	if (!node)
		node = find_file(place, "usr/lib/os-release");
	if (!node || node->inode->content.length > OS_RELEASE_MAX_BYTES)
		return 0;
	if (spool_load(place->spool, &node->inode->content, &text, err) < 0)
		return err_wrap(err, "etc/os-release");
	db->distro = release_field(db, buf_text(&text), "ID");
	db->distro_version = release_field(db, buf_text(&text), "VERSION_ID");
	return 0;
}

int pkgdb_collect(struct pkgdb *db, const struct pkgdb_place *place,
		  struct err *err)
{
	if (read_databases(db, place, err) < 0 ||
	    read_status_d(db, place, err) < 0)
		return -1;
	return db->count ? read_os_release(db, place, err) : 0;
}
