/* SPDX-License-Identifier: Apache-2.0 */
/* The `files` section. */
#include "cmd/lib/build/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/path.h"
#include "cmd/lib/build/runtime_spec.h"

/* The octal mode written, or the default: 0600, 0700 for a directory. */
static int mode_of(const struct file *file, unsigned *mode, struct err *err)
{
	const char *text = file->mode.at ? file->mode.text : "";
	char *end = NULL;
	unsigned long value;

	*mode = file->directory.value ? 0700 : 0600;
	if (!*text)
		return 0;
	errno = 0;
	value = strtoul(text, &end, 8);
	if (errno || *end || *text < '0' || *text > '7' || value > 07777)
		return yml_fail(file->mode.at, err,
				"%s: '%s' is not an octal mode up to 7777",
				file->path.text, text);
	*mode = (unsigned)value;
	return 0;
}

char *source_path(const struct val_str *value)
{
	const char *source = value->text;
	const char *home = getenv("HOME");
	SCOPED_FREE char *folder = path_directory(value->at->file);
	SCOPED_FREE char *beside = NULL;

	if (strncmp(source, "~/", 2) == 0 && source[2] && home)
		return path_join(home, source + 2);
	beside = path_join(folder, source);
	if (path_exists(beside))
		return TAKE(beside);
	return path_exists(source) ? xstrdup(source) : NULL;
}

static unsigned parent_mode(unsigned mode)
{
	for (unsigned shift = 0; shift <= 6; shift += 3)
		if (mode & 07U << shift)
			mode |= 01U << shift;
	return mode;
}

/* Makes the parents that are missing, like the item. */
static int make_parents(const struct file_target *target, const char *path,
			const struct inode *like, struct err *err)
{
	for (const char *slash = strchr(path, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		SCOPED_FREE char *part = xstrndup(path, (size_t)(slash - path));
		struct tree *tree = target->tree;
		struct tree_node *parent;
		struct inode *inode;
		const char *name;

		if (!*part || tree_lookup(tree, tree->root, part, true))
			continue;
		if (tree_parent_of(tree, tree->root, part, &parent, &name,
				   err) < 0)
			return -1;
		inode = tree_inode_new(
			tree, INODE_DIRECTORY,
			target->usual_modes ? 0755 : parent_mode(like->mode));
		inode->uid = target->usual_modes ? 0 : like->uid;
		inode->gid = target->usual_modes ? 0 : like->gid;
		tree_put(tree, parent, name, inode);
	}
	return 0;
}

static int put(const struct file_target *target, const struct file *file,
	       struct inode *inode, struct err *err)
{
	const char *path = file->path.text + (*file->path.text == '/');
	struct tree_node *parent, *old;
	const char *name;

	if (make_parents(target, path, inode, err) < 0 ||
	    tree_parent_of(target->tree, target->tree->root, path, &parent,
			   &name, err) < 0)
		return yml_wrap(file->at, err);
	old = tree_child(target->tree, parent, name);
	if (old && old->first_child && inode->type != INODE_DIRECTORY)
		return yml_fail(file->at, err,
				"%s is a directory that is not empty", path);
	tree_put(target->tree, parent, name, inode);
	return 0;
}

static int read_source(const struct file_target *target,
		       const struct file *file, const char *path,
		       struct content *content, struct err *err)
{
	SCOPED_READER struct reader *reader = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		err_sys(err, "open %s", path);
		return yml_wrap(file->source.at, err);
	}
	reader = reader_from_fd_adopt(fd);
	if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode))
		return yml_fail(file->source.at, err,
				"%s: the source is a directory", path);
	if (spool_add_reader(target->spool, reader, content, err) < 0)
		return err_wrap(err, "%s", path);
	return 0;
}

static int make_metadata(const struct file_target *target,
			 const struct file *file, struct content *content,
			 struct err *err)
{
	bool json = strcmp(file->metadata.text, "json") == 0;
	SCOPED(buf) text = { 0 };

	if (manifest_emit(&text, target->manifest, json ? EMIT_JSON : EMIT_YAML,
			  target->names, err) < 0)
		return yml_wrap(file->metadata.at, err);
	return spool_add_content(target->spool, buf_text(&text), text.size,
				 content, err);
}

/* Sets `*skip` when an optional source is missing. */
static int make_file(const struct file_target *target, const struct file *file,
		     struct inode *inode, bool *skip, struct err *err)
{
	SCOPED_FREE char *path = NULL;

	if (file->contents.at)
		return spool_add_content(target->spool, file->contents.text,
					 file->contents.at->length,
					 &inode->content, err);
	if (val_text(&file->metadata, NULL))
		return make_metadata(target, file, &inode->content, err);
	path = source_path(&file->source);
	*skip = !path && file->optional.value;
	if (*skip)
		return 0;
	if (!path)
		return yml_fail(
			file->source.at, err,
			"there is no file %s, neither beside the manifest nor in the working directory",
			file->source.text);
	return read_source(target, file, path, &inode->content, err);
}

int file_put(const struct file_target *target, const struct file *file,
	     struct err *err)
{
	bool link = !file->directory.value && file->symlink.at &&
		    *file->symlink.text;
	enum inode_type type = file->directory.value ? INODE_DIRECTORY
			       : link                ? INODE_SYMLINK
						     : INODE_FILE;
	struct inode *inode;
	bool skip = false;
	unsigned mode;

	if (mode_of(file, &mode, err) < 0)
		return -1;
	if (link && target->usual_modes)
		mode = 0777;
	inode = tree_inode_new(target->tree, type, mode);
	if (entry_id(&file->uid, target->manifest, &inode->uid, err) < 0 ||
	    entry_id(&file->gid, target->manifest, &inode->gid, err) < 0)
		return -1;
	if (link)
		inode->target =
			arena_text(&target->tree->arena, file->symlink.text,
				   strlen(file->symlink.text));
	if (type == INODE_FILE &&
	    make_file(target, file, inode, &skip, err) < 0)
		return -1;
	return skip ? 0 : put(target, file, inode, err);
}
