/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a build. */
#include "formats/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/base/path.h"
#include "cmd/lib/image/image.h"

/* The mode a new file gets: 0666 less the umask, which can only be swapped. */
static mode_t new_file_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

/* A device or a pipe is written to; a file is replaced. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	       !S_ISDIR(st.st_mode);
}

static int open_temporary(struct output *output, const char *final, int *fd,
			  struct err *err)
{
	SCOPED_FREE char *directory = path_directory(final);
	SCOPED_FREE char *temporary =
		xasprintf("%s/.%s.XXXXXX", directory, path_base(final));

	*fd = mkstemp(temporary);
	if (*fd < 0)
		return err_sys(err, "write %s", final);
	fcntl(*fd, F_SETFD, FD_CLOEXEC);
	strv_add(&output->temporary, temporary);
	strv_add(&output->final, final);
	if (fchmod(*fd, new_file_mode()) < 0)
		return err_sys(err, "write %s", final);
	return 0;
}

int output_open(struct output *output, const char *suffix, int *fd,
		struct err *err)
{
	SCOPED_FREE char *final = NULL;

	if (output->file && strcmp(output->file, "-") == 0) {
		*fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		if (*fd < 0)
			return err_sys(err, "write to standard output");
		return 0;
	}
	if (output->file && is_special(output->file)) {
		*fd = open(output->file, O_WRONLY | O_CLOEXEC);
		if (*fd < 0)
			return err_sys(err, "write %s", output->file);
		return 0;
	}
	final = output->file ? xstrdup(output->file)
			     : xasprintf("%s%s", output->prefix, suffix);
	if (strv_has(&output->final, final))
		return err_set(err, FAULT_INPUT,
			       "two formats would both write %s", final);
	return open_temporary(output, final, fd, err);
}

const char *output_name(const struct output *output)
{
	if (output->final.count == 0)
		return strcmp(output->file, "-") == 0 ? "standard output"
						      : output->file;
	return output->final.items[output->final.count - 1];
}

int output_put_inode(struct output *output, struct image *image,
		     const struct inode *inode, const char *suffix,
		     struct err *err)
{
	SCOPED_FD int fd = -1;
	SCOPED_WRITER struct writer *to = NULL;

	if (!inode || inode->content.length == 0)
		return 0;
	if (output_open(output, suffix, &fd, err) < 0)
		return -1;
	to = writer_to_fd(fd, output_name(output));
	return spool_copy(&image->spool, &inode->content, to, err);
}

static int sync_file(const char *path, const char *final, struct err *err)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return err_sys(err, "write %s", final);
	return 0;
}

int output_commit(struct output *output, struct err *err)
{
	const struct strv *temporary = &output->temporary;
	const struct strv *final = &output->final;

	for (size_t i = 0; i < temporary->count; i++)
		if (sync_file(temporary->items[i], final->items[i], err) < 0)
			return -1;
	for (size_t i = 0; i < temporary->count; i++)
		if (rename(temporary->items[i], final->items[i]) < 0) {
			err_sys(err, "write %s", final->items[i]);
			while (i > 0)
				unlink(final->items[--i]);
			return -1;
		}
	strv_release(&output->temporary);
	return 0;
}

void output_release(struct output *output)
{
	for (size_t i = 0; i < output->temporary.count; i++)
		unlink(output->temporary.items[i]);
	strv_release(&output->temporary);
	strv_release(&output->final);
}
