/* SPDX-License-Identifier: Apache-2.0 */
/* Debian packages: fetched by mmdebstrap, read from the .deb files. */
#include "cmd/lib/build/debian.h"

#include <string.h>

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/base/subprocess.h"

#define DEFAULT_SUITE "bookworm"
/* The hook runs once apt has fetched and verified the packages. */
#define KEEP_HOOK "cp \"$1\"/var/cache/apt/archives/*.deb \"$KITBUILD_DEBS\"/"

/* Whole trees of no use in an image; copyright files are kept. */
static const char *const never_wanted[] = {
	"usr/share/man/*",       "usr/share/info/*",
	"usr/share/locale/*",    "usr/share/lintian/*",
	"usr/share/bug/*",       "usr/share/doc-base/*",
	"usr/share/menu/*",      "usr/share/bash-completion/*",
	"usr/share/reportbug/*",
};

static bool is_wanted(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(never_wanted); i++)
		if (path_matches(never_wanted[i], path))
			return false;
	return !path_matches("usr/share/doc/*/*", path) ||
	       path_matches("usr/share/doc/*/copyright", path);
}

/* Removes what nobody wants, and the directories that this leaves empty. */
static void prune(struct tree *tree)
{
	struct tree_node *node = tree_first(tree), *next;

	for (; node; node = next) {
		SCOPED(buf) path = { 0 };

		next = tree_next(node);
		tree_path(node, &path);
		if (node->inode->type != INODE_DIRECTORY &&
		    !is_wanted(buf_text(&path)))
			tree_remove(tree, node);
	}
	for (node = tree->last; node->parent; node = next) {
		SCOPED(buf) path = { 0 };

		next = node->previous;
		tree_path(node, &path);
		if (!node->first_child &&
		    node->inode->type == INODE_DIRECTORY &&
		    strncmp(buf_text(&path), "usr/share/", 10) == 0)
			tree_remove(tree, node);
	}
}

static void make_argv(struct strv *argv, const struct debian *debian,
		      const char *arch)
{
	SCOPED(buf) include = { 0 };

	for (size_t i = 0; i < debian->packages.count; i++)
		buf_add_fmt(&include, "%s%s", i ? "," : "",
			    debian->packages.items[i]);
	strv_add(argv, "mmdebstrap");
	strv_add(argv, "--mode=chrootless"); /* no root, no namespaces */
	strv_add(argv, "--variant=extract");
	strv_add(argv, "--format=null");
	strv_add_fmt(argv, "--architectures=%s", arch);
	strv_add_fmt(argv, "--include=%s", buf_text(&include));
	strv_add(argv, "--extract-hook=" KEEP_HOOK);
	strv_add(argv, debian->suite.at ? debian->suite.text : DEFAULT_SUITE);
	if (debian->mirrors.count)
		strv_add(argv, "/dev/null"); /* the target, unused */
	for (size_t i = 0; i < debian->mirrors.count; i++)
		strv_add(argv, debian->mirrors.items[i]);
}

static int fetch(const char *folder, const struct debian *debian,
		 const char *arch, struct err *err)
{
	SCOPED(subprocess) process = SUBPROCESS_INIT;
	SCOPED_FREE char *debs = xasprintf("KITBUILD_DEBS=%s", folder);
	const char *const env[] = { debs, NULL };
	SCOPED(strv) argv = { 0 };

	make_argv(&argv, debian, arch);
	process.extra_env = env;
	if (subprocess_start(&process, &argv, err) < 0 ||
	    subprocess_wait(&process, err) < 0)
		return err_wrap(err, "fetch Debian packages");
	return 0;
}

/* "libc6_2.36-9_amd64.deb": the name ends at the first underscore. */
static bool is_chosen(const struct val_strs *patterns, const char *file)
{
	SCOPED_FREE char *name = xstrndup(file, strcspn(file, "_"));

	for (size_t i = 0; i < patterns->count; i++)
		if (path_matches(patterns->items[i], name))
			return true;
	return patterns->at == NULL;
}

static int unpack_all(const struct deb_target *target,
		      const struct debian *debian, const char *folder,
		      struct err *err)
{
	SCOPED(strv) names = { 0 };

	if (path_list(&names, folder, err) < 0)
		return -1;
	if (names.count == 0)
		return err_set(err, FAULT_SYSTEM,
			       "mmdebstrap fetched no Debian package");
	for (size_t i = 0; i < names.count; i++) {
		SCOPED_FREE char *path = path_join(folder, names.items[i]);

		if (is_chosen(&debian->unpack, names.items[i]) &&
		    deb_unpack(target, path, err) < 0)
			return -1;
	}
	return 0;
}

bool debian_is_remote(const struct debian *debian)
{
	for (size_t i = 0; i < debian->mirrors.count; i++)
		if (!strstr(debian->mirrors.items[i], "file:") &&
		    !strstr(debian->mirrors.items[i], "copy:"))
			return true;
	return debian->mirrors.count == 0;
}

int debian_unpack(const struct deb_target *target, const struct debian *debian,
		  const char *arch, struct err *err)
{
	SCOPED(temporary) debs = { 0 };

	if (temporary_make(&debs, err) < 0 ||
	    fetch(debs.path, debian, arch, err) < 0 ||
	    unpack_all(target, debian, debs.path, err) < 0)
		return -1;
	prune(target->tree);
	return 0;
}
