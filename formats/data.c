/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine has to keep. */
#include "formats/data.h"

#include <string.h>

#include "cmd/lib/base/fd.h"
#include "cmd/lib/base/opt.h"
#include "formats/disk/partition.h"

#define GIB ((uint64_t)1 << 30)
#define MIB ((uint64_t)1 << 20)

void data_options_release(struct data_options *options)
{
	free(options->folder);
	options->folder = NULL;
}

/* A folder that a word of a kernel's command line can name. */
static bool is_folder(const char *text)
{
	return text[0] == '/' && text[1] != '\0' && !strstr(text, "/../") &&
	       text[strcspn(text, " \t\n\"\\")] == '\0';
}

int data_options_parse(struct data_options *options, const char *text,
		       struct err *err)
{
	size_t length = strcspn(text, ":");
	SCOPED_FREE char *size = xstrndup(text, length);
	const char *folder = text[length] ? text + length + 1 : DATA_FOLDER;

	if (opt_size(size, GIB, &options->size_bytes, err) < 0)
		return err_wrap(err, "--data");
	options->size_bytes = options->size_bytes / MIB * MIB;
	if (options->size_bytes < EXT4_MIN_BYTES ||
	    options->size_bytes > EXT4_MAX_BYTES)
		return err_set(err, FAULT_INPUT,
			       "--data %s: it can be 16M to 16T", size);
	if (!is_folder(folder))
		return err_set(
			err, FAULT_INPUT,
			"--data %s: '%s' is no folder to mount at, such as " DATA_FOLDER,
			text, folder);
	free(options->folder);
	options->folder = xstrdup(folder);
	return 0;
}

static void add_word(struct payload *payload,
		     const struct data_options *options, bool mbr)
{
	/* Behind the boot partition and the root, if that is one. */
	unsigned number =
		ROOT_PARTITION_NUMBER + (payload->root.size_bytes > 0);
	char text[PARTITION_UUID_SIZE];
	const char *uuid =
		mbr ? mbr_partition_uuid(&payload->seed, number, text)
		    : gpt_partition_uuid(&payload->seed, DATA_PARTITION_NAME,
					 text);
	char *line = payload->command_line;

	payload->command_line =
		xasprintf("%s%skit.data=PARTUUID=%s:%s", line, *line ? " " : "",
			  uuid, options->folder);
	free(line);
}

int data_attach(struct payload *payload, const struct data_options *options,
		bool mbr, struct err *err)
{
	struct ext4_options ext4 = {
		.size_bytes = options->size_bytes,
		.label = DATA_PARTITION_NAME,
		.seed = payload->seed,
	};

	if (fd_temporary(&payload->data_fd, NULL, err) < 0 ||
	    ext4_make(payload->data_fd, &ext4, err) < 0 ||
	    extents_of_file(&payload->data, payload->data_fd, err) < 0)
		return -1;
	add_word(payload, options, mbr);
	return 0;
}
