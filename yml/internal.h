/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of yml share. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/base/json.h"

/* Appends JSON values as a YAML document; text that looks like another type is
 * quoted. */
int yml_write(struct buf *text, const json_t *json, struct err *err) MUST_CHECK;
