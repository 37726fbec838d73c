/* SPDX-License-Identifier: Apache-2.0 */
/* kitbuild diff: what two images hold otherwise. */
#include "cmd/kitbuild/verb.h"

#include "cmd/kitbuild/listing.h"
#include "cmd/kitbuild/subject.h"
#include "cmd/lib/base/json.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/image/compare.h"

/* 1 to 3 mean the same as everywhere. */
#define STATUS_DIFFERENT 4

struct diff_options {
	char *arch;
	bool json, no_times;
};

#define FIELD(member) offsetof(struct diff_options, member)

static const struct opt diff_opts[] = {
	{ 0, "ignore-times", NULL, OPT_FLAG, FIELD(no_times),
	  "take no notice of times of modification" },
	{ 0, "json", NULL, OPT_FLAG, FIELD(json),
	  "print JSON: a list with an object for each path" },
	{ 0, "arch", "ARCH", OPT_STRING, FIELD(arch),
	  "amd64, arm64 or riscv64; default: this machine's" },
	{ 0 },
};

static const struct {
	enum differ what;
	const char *word;
} words[] = {
	{ DIFFER_TYPE, "type" },     { DIFFER_MODE, "mode" },
	{ DIFFER_OWNER, "owner" },   { DIFFER_CONTENT, "content" },
	{ DIFFER_TARGET, "target" }, { DIFFER_DEVICE, "device" },
	{ DIFFER_XATTRS, "xattrs" }, { DIFFER_TIME, "mtime" },
};

static void describe(struct buf *text, enum differ what,
		     const struct inode *left, const struct inode *right)
{
	switch (what) {
	case DIFFER_TYPE:
		buf_add_fmt(text, " %s -> %s", listing_type(left),
			    listing_type(right));
		break;
	case DIFFER_MODE:
		buf_add_fmt(text, " %04o -> %04o", left->mode, right->mode);
		break;
	case DIFFER_OWNER:
		buf_add_fmt(text, " %u:%u -> %u:%u", left->uid, left->gid,
			    right->uid, right->gid);
		break;
	case DIFFER_CONTENT:
		buf_add_fmt(text, " %llu -> %llu bytes",
			    (unsigned long long)left->content.length,
			    (unsigned long long)right->content.length);
		break;
	case DIFFER_DEVICE:
		buf_add_fmt(text, " %u:%u -> %u:%u", left->rdev_major,
			    left->rdev_minor, right->rdev_major,
			    right->rdev_minor);
		break;
	case DIFFER_TIME:
		buf_add_fmt(text, " %lld -> %lld", (long long)left->mtime,
			    (long long)right->mtime);
		break;
	case DIFFER_TARGET:
	case DIFFER_XATTRS:
		break;
	}
}

static void print_changed(const struct difference *difference)
{
	SCOPED_FREE char *path = listing_path(difference->left);
	SCOPED(buf) text = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!(difference->what & (unsigned)words[i].what))
			continue;
		buf_add_fmt(&text, "%s%s", text.size ? ", " : "",
			    words[i].word);
		describe(&text, words[i].what, difference->left->inode,
			 difference->right->inode);
	}
	printf("~ %s: %s\n", path, buf_text(&text));
}

static void print_text(const struct differences *found)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct difference *difference = &found->items[i];
		const struct tree_node *only =
			difference->left ? difference->left : difference->right;
		SCOPED_FREE char *path = listing_path(only);

		if (difference->left && difference->right)
			print_changed(difference);
		else
			printf("%c %s\n", difference->left ? '-' : '+', path);
	}
}

static json_t *difference_json(const struct difference *difference)
{
	const struct tree_node *sides[] = { difference->left,
					    difference->right };
	static const char *const names[] = { "left", "right" };
	json_t *json = json_object();
	json_t *what = json_array();

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (difference->what & (unsigned)words[i].what)
			json_array_append_new(what, json_string(words[i].word));
	for (size_t i = 0; i < ARRAY_LEN(sides); i++)
		if (sides[i])
			json_object_set_new(
				json, names[i],
				listing_json(sides[i], NULL,
					     sides[i]->inode->content.length));
	json_object_set_new(json, "differs", what);
	return json;
}

static void print_json(const struct differences *found)
{
	SCOPED_JSON json_t *list = json_array();
	SCOPED(buf) text = { 0 };

	for (size_t i = 0; i < found->count; i++)
		json_array_append_new(list, difference_json(&found->items[i]));
	json_write(&text, list);
	puts(buf_text(&text));
}

/* Drops what differs only in what is not asked for. */
static void ignore(struct differences *found, unsigned what)
{
	size_t kept = 0;

	for (size_t i = 0; i < found->count; i++) {
		struct difference *item = &found->items[i];
		bool both = item->left && item->right;

		item->what &= ~what;
		if (both && !item->what)
			free(item->path);
		else
			found->items[kept++] = *item;
	}
	found->count = kept;
}

static int open_side(struct image *image, const struct verb_args *args,
		     size_t which, struct err *err)
{
	const struct diff_options *options = args->options;
	struct subject_request request = {
		.text = args->rest->items[which],
		.global = args->global,
	};
	SCOPED_FREE char *arch = NULL;

	if (context_arch(options->arch, &arch, err) < 0)
		return -1;
	request.arch = arch;
	if (image_init(image, err) < 0)
		return -1;
	return subject_open(image, &request, err);
}

static int run_diff(struct verb_args *args, struct err *err)
{
	const struct diff_options *options = args->options;
	SCOPED(image) left = { .spool = SPOOL_INIT };
	SCOPED(image) right = { .spool = SPOOL_INIT };
	SCOPED(differences) found = { 0 };

	if (open_side(&left, args, 0, err) < 0 ||
	    open_side(&right, args, 1, err) < 0 ||
	    image_compare(&found, &left, &right, err) < 0)
		return -1;
	if (options->no_times)
		ignore(&found, DIFFER_TIME);
	if (options->json)
		print_json(&found);
	else
		print_text(&found);
	args->status = found.count ? STATUS_DIFFERENT : 0;
	return 0;
}

const struct verb verb_diff = {
	.name = "diff",
	.args = "A B",
	.summary = "show what two images or manifests hold otherwise",
	.details =
		"A and B are what kitbuild inspect takes. Each path that only A has is printed\n"
		"after -, one that only B has after +, and one that is not the same after ~\n"
		"with what differs. Where a file comes from does not matter, nor does the order.\n"
		"The status is 0 when there is no difference and 4 when there is one.",
	.opts = diff_opts,
	.options_size = sizeof(struct diff_options),
	.min_rest = 2,
	.max_rest = 2,
	.run = run_diff,
};
