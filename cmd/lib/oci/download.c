/* SPDX-License-Identifier: Apache-2.0 */
/* One GET, with redirects. */
#include "cmd/lib/oci/download.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/http.h"

#define REDIRECTS_MAX 5

static bool is_tls(const char *url)
{
	return strncmp(url, "https://", 8) == 0;
}

static int judge(const char *url, long status, struct err *err)
{
	if (status == 200)
		return 0;
	if (status == 404 || status == 410)
		return err_set(err, FAULT_INPUT,
			       "there is no %s: the server answers %ld", url,
			       status);
	return err_set(err, FAULT_SYSTEM, "%s: the server answers %ld", url,
		       status);
}

/* One request; `*next` is where it redirects to, or NULL. */
static int step(struct oci_client *client, const char *url, struct buf *body,
		char **next, struct err *err)
{
	SCOPED(http_answer) answer = { .body.max_bytes = body->max_bytes };

	if (http_get(client, url, NULL, &answer, err) < 0)
		return -1;
	*next = TAKE(answer.redirect);
	if (*next && is_tls(url) && !is_tls(*next))
		return err_set(err, FAULT_SYSTEM,
			       "%s redirects to %s, which is not encrypted",
			       url, *next);
	if (*next)
		return 0;
	if (judge(url, answer.status, err) < 0)
		return -1;
	buf_add(body, buf_text(&answer.body), answer.body.size);
	return 0;
}

int oci_download(struct oci_client *client, const char *url, struct buf *body,
		 struct err *err)
{
	SCOPED_FREE char *at = xstrdup(url);

	if (client->offline)
		return err_set(err, FAULT_SYSTEM,
			       "%s cannot be fetched: --offline is given", url);
	for (int i = 0; i <= REDIRECTS_MAX; i++) {
		SCOPED_FREE char *next = NULL;

		if (step(client, at, body, &next, err) < 0)
			return -1;
		if (!next)
			return 0;
		free(at);
		at = TAKE(next);
	}
	return err_set(err, FAULT_SYSTEM, "%s redirects more than %d times",
		       url, REDIRECTS_MAX);
}
