/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a service's output goes: through a FIFO, which the service or its shim
 * holds open too, so that nobody's end breaks it, into a log of bounded size.
 * With a log collector the other end of the FIFO is the collector's.
 */
#pragma once

#include <stdbool.h>

#include "pkg/init/service/bundle.h"
#include "pkg/init/service/logfile.h"
#include "pkg/init/service/logline.h"
#include "pkg/init/service/syslog.h"

/* Of all logs alike, from the kernel command line. */
struct outlet_config {
	long long max; /* bytes of a file */
	int kmsg_fd;   /* -1: lines are not mirrored to the kernel log */
	bool json;     /* files have an object a line, not what was written */
	struct syslog syslog; /* gets each line, too */
};

struct outlet {
	int fifo;       /* -1: none yet */
	bool collected; /* its reader is the collector */
	struct logfile file;
	unsigned long long lost;  /* bytes, since the last that was written */
	char line[LOGLINE_BYTES]; /* not ended yet; for all but plain files */
	size_t len;
};

#define OUTLET_CLOSED                                                          \
	{                                                                      \
		.fifo = -1, .file = LOGFILE_CLOSED                             \
	}

enum stream {
	STREAM_OUT,
	STREAM_ERR,
	STREAM_COUNT,
};

/* Reads the words kit.log_... */
void outlet_configure(struct outlet_config *config);

/*
 * Opens the FIFO of the bundle if it is not open. Afterwards `fifo` is to be
 * waited for, unless it is collected.
 */
MUST_CHECK int outlet_open(struct outlet *outlet, const struct bundle *bundle,
			   enum stream stream, struct err *err);

/* Takes what there is, a block at most. False: there was nothing. */
bool outlet_drain(struct outlet *outlet, struct outlet_config *config,
		  const struct bundle *bundle, enum stream stream);

/* After an end: a last line without a newline is one, too. */
void outlet_finish(struct outlet *outlet, struct outlet_config *config,
		   const struct bundle *bundle, enum stream stream);
