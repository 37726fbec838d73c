/* SPDX-License-Identifier: Apache-2.0 */
/* One .deb file, read by libarchive. */
#include "cmd/lib/build/deb.h"

#include <string.h>

#include <archive_entry.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/archive.h"
#include "cmd/lib/image/layer.h"

#define READ_BYTES ((size_t)64 << 10)
#define CONTROL_MAX_BYTES ((size_t)1 << 20)

static int archive_failed(struct archive *archive, struct err *err)
{
	const char *text = archive_error_string(archive);

	return err_set(err, FAULT_INPUT, "%s", text ? text : "unreadable");
}

/* The current member of the outer archive, decompressed. */
struct member {
	struct reader reader;
	struct archive *outer; /* borrowed */
	struct archive *inner; /* owned; "raw": the bytes behind a filter */
	char chunk[READ_BYTES];
};

static la_ssize_t on_read(struct archive *archive, void *context,
			  const void **data)
{
	struct member *member = context;

	(void)archive;
	*data = member->chunk;
	return archive_read_data(member->outer, member->chunk, READ_BYTES);
}

static int member_read(struct reader *reader, void *data, size_t size,
		       size_t *got, struct err *err)
{
	struct member *member = (struct member *)reader;
	la_ssize_t done = archive_read_data(member->inner, data, size);

	if (done < 0)
		return archive_failed(member->inner, err);
	*got = (size_t)done;
	return 0;
}

static void member_close(struct reader *reader)
{
	struct member *member = (struct member *)reader;

	archive_read_free(member->inner);
	free(member);
}

static int member_open(struct reader **reader, struct archive *outer,
		       struct err *err)
{
	struct member *member = xcalloc(1, sizeof(*member));
	struct archive_entry *entry;

	member->reader.read = member_read;
	member->reader.close = member_close;
	member->outer = outer;
	member->inner = archive_read_new();
	*reader = &member->reader;
	if (!member->inner ||
	    archive_read_support_filter_all(member->inner) < ARCHIVE_WARN ||
	    archive_read_support_format_raw(member->inner) != ARCHIVE_OK ||
	    archive_read_open(member->inner, member, NULL, on_read, NULL) !=
		    ARCHIVE_OK ||
	    archive_read_next_header(member->inner, &entry) != ARCHIVE_OK)
		return archive_failed(member->inner, err);
	return 0;
}

/* A field of the control file: "Name: value". Caller frees; NULL if absent. */
static char *control_field(const char *control, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = control; line && *line;) {
		const char *end = strchr(line, '\n');
		size_t size = end ? (size_t)(end - line) : strlen(line);

		if (size > length + 1 && strncmp(line, name, length) == 0 &&
		    line[length] == ':') {
			const char *value = line + length + 1;

			value += strspn(value, " ");
			return xstrndup(value, (size_t)(line + size - value));
		}
		line = end ? end + 1 : NULL;
	}
	return NULL;
}

/* Debian policy, section 5.6.7: a name that can be a file's as well. */
static bool is_package_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789+-.";

	return *name && strchr("+-.", *name) == NULL &&
	       strspn(name, letters) == strlen(name);
}

static int read_control(const struct deb_target *target, struct reader *reader,
			struct err *err)
{
	SCOPED(spool) spool = SPOOL_INIT;
	SCOPED(tree) tree = { 0 };
	SCOPED(buf) text = { .max_bytes = CONTROL_MAX_BYTES };
	SCOPED_FREE char *package = NULL;
	SCOPED_FREE char *version = NULL;
	struct layer layer = { .name = "control.tar" };
	struct tree_node *node;

	tree_init(&tree);
	if (spool_open(&spool, err) < 0 ||
	    layer_apply(&tree, tree.root, &layer, reader, &spool, err) < 0)
		return -1;
	node = tree_lookup(&tree, tree.root, "control", false);
	if (!node || node->inode->type != INODE_FILE)
		return err_set(err, FAULT_INPUT, "there is no control file");
	if (spool_load(&spool, &node->inode->content, &text, err) < 0)
		return -1;
	package = control_field(buf_text(&text), "Package");
	version = control_field(buf_text(&text), "Version");
	if (!package || !version)
		return err_set(err, FAULT_INPUT,
			       "the control file names no package and version");
	if (!is_package_name(package))
		return err_set(err, FAULT_INPUT, "'%s' is no name of a package",
			       package);
	strv_add_fmt(target->versions, "%s=%s", package, version);
	strv_add(target->controls, buf_text(&text));
	return 0;
}

static int read_data(const struct deb_target *target, struct reader *reader,
		     const char *name, struct err *err)
{
	struct layer layer = {
		.name = name,
		.digest = sha256_of(name, strlen(name)),
		.keep_links = true,
	};

	return layer_apply(target->tree, target->tree->root, &layer, reader,
			   target->spool, err);
}

static int unpack_members(const struct deb_target *target,
			  struct archive *archive, const char *name,
			  struct err *err)
{
	struct archive_entry *entry;
	unsigned seen = 0;

	while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
		SCOPED_READER struct reader *reader = NULL;
		const char *member = archive_entry_pathname(entry);
		bool control = member && !strncmp(member, "control.tar", 11);
		bool data = member && !strncmp(member, "data.tar", 8);
		int result = 0;

		if (!control && !data)
			continue;
		if (member_open(&reader, archive, err) < 0)
			return -1;
		if (control)
			result = read_control(target, reader, err);
		if (data)
			result = read_data(target, reader, name, err);
		if (result < 0)
			return -1;
		seen++;
	}
	if (seen != 2)
		return err_set(err, FAULT_INPUT, "it is not a Debian package");
	return 0;
}

int deb_unpack(const struct deb_target *target, const char *path,
	       struct err *err)
{
	SCOPED_ARCHIVE struct archive *archive = archive_read_new();
	const char *name = path_base(path);

	if (!archive || archive_read_support_format_ar(archive) != ARCHIVE_OK ||
	    archive_read_open_filename(archive, path, READ_BYTES) != ARCHIVE_OK)
		archive_failed(archive, err);
	else if (unpack_members(target, archive, name, err) == 0)
		return 0;
	return err_wrap(err, "%s", name);
}
