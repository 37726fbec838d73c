/* SPDX-License-Identifier: Apache-2.0 */
/* Lock files. */
#include "yml/lock.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/sha256.h"
#include "yml/rows.h"

static const struct field lock_fields[] = {
	MAP(lock, images, "images", "references and their digests"),
	END,
};
static const struct schema lock_schema =
	SCHEMA(lock, "the lock file", lock_fields);

void lock_release(struct lock *lock)
{
	free(lock->path);
	yml_document_release(&lock->document);
	*lock = (struct lock){ 0 };
}

static void check(const struct lock *lock, struct yml_report *report)
{
	for (size_t i = 0; i < lock->images.count; i++) {
		struct digest digest;

		if (!digest_parse(&digest, lock->images.values[i]))
			yml_report_add(report, lock->images.at->items[2 * i],
				       "'%.80s' is no digest: sha256: and 64 "
				       "hexadecimal digits are wanted",
				       lock->images.values[i]);
	}
}

int lock_decode(struct lock *lock, const char *path, const struct buf *text,
		struct err *err)
{
	SCOPED(yml_report) report = { 0 };

	lock->path = xstrdup(path);
	if (yml_parse(&lock->document, path, buf_text(text), text->size, err) <
	    0)
		return -1;
	if (!lock->document.root)
		return err_set(err, FAULT_INPUT, "%s: the lock file is empty",
			       path);
	decode_struct(&lock_schema, lock->document.root, &lock->document.arena,
		      lock, &report);
	if (yml_report_end(&report, err) < 0)
		return -1;
	check(lock, &report);
	return yml_report_end(&report, err);
}

const char *lock_find(const struct lock *lock, const char *name)
{
	for (size_t i = 0; i < lock->images.count; i++)
		if (strcmp(lock->images.keys[i], name) == 0)
			return lock->images.values[i];
	return NULL;
}

void lock_write(struct buf *text, const struct strv *names,
		const struct strv *digests)
{
	buf_add_str(
		text,
		"# Written by kitbuild lock. While this file is here, builds take\n"
		"# these contents, whatever the names stand for by then.\n"
		"images:");
	buf_add_str(text, names->count ? "\n" : " {}\n");
	for (size_t i = 0; i < names->count; i++)
		buf_add_fmt(text, "  %s: %s\n", names->items[i],
			    digests->items[i]);
}
