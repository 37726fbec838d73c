/* SPDX-License-Identifier: Apache-2.0 */
/* The error type: set, wrapped, moved. */
#include "cmd/lib/base/err.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cmd/lib/base/mem.h"

void err_release(struct err *err)
{
	free(err->msg);
	err->msg = NULL;
	err->fault = FAULT_NONE;
}

int err_set(struct err *err, enum fault fault, const char *fmt, ...)
{
	va_list ap;

	err_release(err);
	err->fault = fault;
	va_start(ap, fmt);
	err->msg = xvasprintf(fmt, ap);
	va_end(ap);
	return -1;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	const char *reason = strerror(errno);
	SCOPED_FREE char *what = NULL;
	va_list ap;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	return err_set(err, FAULT_SYSTEM, "%s: %s", what, reason);
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	SCOPED_FREE char *inner = TAKE(err->msg);
	SCOPED_FREE char *context = NULL;
	va_list ap;

	assert(err->fault != FAULT_NONE);
	va_start(ap, fmt);
	context = xvasprintf(fmt, ap);
	va_end(ap);
	err->msg = xasprintf("%s: %s", context, inner ? inner : "");
	return -1;
}

int err_move(struct err *to, struct err *from)
{
	err_release(to);
	*to = *from;
	*from = (struct err){ 0 };
	return -1;
}
