/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild inspect: what an image holds, and from where. */
#include "cmd/kitbuild/verb.h"

#include <string.h>

#include "cmd/kitbuild/listing.h"
#include "cmd/kitbuild/subject.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"

struct inspect_options {
	char *arch;
	uint64_t depth;
	bool summary, json;
};

#define FIELD(member) offsetof(struct inspect_options, member)

static const struct opt inspect_opts[] = {
	{ 0, "summary", NULL, OPT_FLAG, FIELD(summary),
	  "print only what each part adds" },
	{ 0, "depth", "N", OPT_NUMBER, FIELD(depth),
	  "go N directories deep; what is below counts in their size" },
	{ 0, "json", NULL, OPT_FLAG, FIELD(json),
	  "print JSON: an object with entries and parts" },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0 },
};

/* What a segment adds. */
struct part {
	uint64_t entries, bytes;
};

/* Everything that is printed, counted once. */
struct inspection {
	struct image *image;
	const struct inspect_options *options;
	struct part *parts; /* owned; one for each segment */
	struct part total;
};

static void inspection_release(struct inspection *inspection)
{
	free(inspection->parts);
}

/* Of hard links the first name has the bytes. Needs marks of 0. */
static uint64_t own_bytes(struct inode *inode)
{
	bool counted = inode->mark != 0;

	inode->mark = 1;
	return counted || inode->type != INODE_FILE ? 0 : inode->content.length;
}

static void count(struct inspection *inspection)
{
	const struct tree *tree = &inspection->image->tree;

	for (struct tree_node *n = tree_first(tree); n; n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n)) {
		uint64_t bytes = own_bytes(n->inode);

		inspection->parts[n->segment].entries++;
		inspection->parts[n->segment].bytes += bytes;
		inspection->total.entries++;
		inspection->total.bytes += bytes;
	}
}

/* From here on the mark of a directory is the size of what is below. */
static void add_up(const struct tree *tree)
{
	for (struct tree_node *n = tree_first(tree); n; n = tree_next(n))
		n->inode->mark = 0;
	for (struct tree_node *n = tree_next(tree_first(tree)); n;
	     n = tree_next(n)) {
		bool counted = n->inode->type != INODE_FILE || n->inode->mark;

		if (counted)
			continue;
		n->inode->mark = 1;
		for (struct tree_node *up = n->parent; up; up = up->parent)
			up->inode->mark += n->inode->content.length;
	}
}

static unsigned depth_of(const struct tree_node *node)
{
	unsigned depth = 0;

	for (; node->parent; node = node->parent)
		depth++;
	return depth;
}

static uint64_t size_of(const struct inode *inode)
{
	if (inode->type == INODE_DIRECTORY)
		return inode->mark;
	return inode->type == INODE_FILE ? inode->content.length : 0;
}

static bool is_shown(const struct inspection *inspection,
		     const struct tree_node *node)
{
	uint64_t depth = inspection->options->depth;

	return depth == 0 || depth_of(node) <= depth;
}

static void print_tree(const struct inspection *inspection)
{
	const struct image *image = inspection->image;

	printf("%-10s %-11s %10s  %-14s %s\n", "MODE", "OWNER", "SIZE", "FROM",
	       "PATH");
	for (const struct tree_node *n = tree_next(image->tree.root); n;
	     n = tree_next(n)) {
		SCOPED_FREE char *path = NULL;
		SCOPED_FREE char *owner = NULL;
		char mode[LISTING_MODE_SIZE];

		if (!is_shown(inspection, n))
			continue;
		path = listing_path(n);
		owner = xasprintf("%u:%u", n->inode->uid, n->inode->gid);
		printf("%-10s %-11s %10llu  %-14s %s\n",
		       listing_mode(n->inode, mode), owner,
		       (unsigned long long)size_of(n->inode),
		       image->segments[n->segment].location, path);
	}
}

static void print_parts(const struct inspection *inspection)
{
	const struct image *image = inspection->image;

	printf("%8s %12s  %-14s %s\n", "ENTRIES", "BYTES", "FROM", "SOURCE");
	for (size_t i = 0; i < image->segment_count; i++)
		if (inspection->parts[i].entries)
			printf("%8llu %12llu  %-14s %s\n",
			       (unsigned long long)inspection->parts[i].entries,
			       (unsigned long long)inspection->parts[i].bytes,
			       image->segments[i].location,
			       image->segments[i].source);
	printf("%8llu %12llu  total\n",
	       (unsigned long long)inspection->total.entries,
	       (unsigned long long)inspection->total.bytes);
}

static json_t *parts_json(const struct inspection *inspection)
{
	const struct image *image = inspection->image;
	json_t *list = json_array();

	for (size_t i = 0; i < image->segment_count; i++)
		if (inspection->parts[i].entries)
			json_array_append_new(
				list,
				json_pack("{s:s, s:s, s:I, s:I}", "location",
					  image->segments[i].location, "source",
					  image->segments[i].source, "entries",
					  (json_int_t)inspection->parts[i]
						  .entries,
					  "bytes",
					  (json_int_t)inspection->parts[i]
						  .bytes));
	return list;
}

static json_t *entries_json(const struct inspection *inspection)
{
	const struct image *image = inspection->image;
	json_t *list = json_array();

	for (const struct tree_node *n = tree_next(image->tree.root); n;
	     n = tree_next(n))
		if (is_shown(inspection, n))
			json_array_append_new(
				list,
				listing_json(
					n, image->segments[n->segment].location,
					size_of(n->inode)));
	return list;
}

static void print_json(const struct inspection *inspection)
{
	SCOPED_JSON json_t *json = json_object();
	SCOPED(buf) text = { 0 };

	if (!inspection->options->summary)
		json_object_set_new(json, "entries", entries_json(inspection));
	json_object_set_new(json, "parts", parts_json(inspection));
	json_write(&text, json);
	puts(buf_text(&text));
}

static int run_inspect(struct verb_args *args, struct err *err)
{
	const struct inspect_options *options = args->options;
	struct subject_request request = {
		.text = args->rest->items[0],
		.global = args->global,
	};
	SCOPED(image) image = { .spool = SPOOL_INIT };
	SCOPED(inspection)
	inspection = { .image = &image, .options = options };
	SCOPED_FREE char *arch = NULL;

	if (context_arch(options->arch, &arch, err) < 0)
		return -1;
	request.arch = arch;
	if (image_init(&image, err) < 0 ||
	    subject_open(&image, &request, err) < 0)
		return -1;
	inspection.parts =
		xcalloc(image.segment_count + 1, sizeof(*inspection.parts));
	count(&inspection);
	add_up(&image.tree);
	if (options->json) {
		print_json(&inspection);
		return 0;
	}
	if (!options->summary)
		print_tree(&inspection);
	else
		print_parts(&inspection);
	return 0;
}

const struct verb verb_inspect = {
	.name = "inspect",
	.args = "IMAGE-OR-MANIFEST",
	.summary = "show what an image holds, and from which part it comes",
	.details =
		"The argument is a manifest (it is assembled, and nothing is written), a root\n"
		"archive of the format tar, an initrd, the NAME of what the format kernel+initrd\n"
		"wrote, or an image reference. Every path is shown with mode, owner, size and\n"
		"the part of the manifest that it comes from; of an image reference with its\n"
		"layer. A directory's size is that of the files below.",
	.opts = inspect_opts,
	.options_size = sizeof(struct inspect_options),
	.min_rest = 1,
	.max_rest = 1,
	.run = run_inspect,
};
