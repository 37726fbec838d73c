/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's package databases joined. */
#include "cmd/lib/build/apk.h"

#define DATABASE "lib/apk/db/installed"

static struct tree_node *find_database(const struct image *image)
{
	return tree_lookup(&image->tree, image->tree.root, DATABASE, true);
}

void apk_databases_release(struct apk_databases *databases)
{
	buf_release(&databases->joined);
	databases->count = 0;
}

int apk_note(struct apk_databases *databases, struct image *image,
	     struct err *err)
{
	const struct tree_node *node = find_database(image);

	if (!node || node->segment != image->tree.segment ||
	    node->inode->type != INODE_FILE)
		return 0;
	if (spool_load(&image->spool, &node->inode->content, &databases->joined,
		       err) < 0)
		return err_wrap(err, "%s", DATABASE);
	buf_add_str(&databases->joined, "\n\n");
	databases->count++;
	return 0;
}

int apk_join(struct apk_databases *databases, struct image *image,
	     struct err *err)
{
	if (databases->count < 2)
		return 0;
	image_begin_segment(image, "init", "LINUXKIT.apkinit");
	if (image_put_file(image, DATABASE, 0644, buf_text(&databases->joined),
			   databases->joined.size, err) < 0)
		return -1;
	/* LinuxKit's time for this one file. */
	find_database(image)->inode->mtime = 0;
	return 0;
}
