/* SPDX-License-Identifier: Apache-2.0 */
/* Small files from anywhere on the web, such as manifests. */
#pragma once

#include "cmd/lib/base/buf.h"
#include "cmd/lib/oci/registry.h"

/*
 * Appends what an http:// or https:// URL holds; `body` bounds it. Redirects
 * are followed, never from HTTPS to HTTP. No login is sent. FAULT_INPUT when
 * there is nothing of that name or it is too large, FAULT_SYSTEM when the
 * server cannot be reached or fails, or the client is offline.
 */
int oci_download(struct oci_client *client, const char *url, struct buf *body,
		 struct err *err) MUST_CHECK;
