/* SPDX-License-Identifier: Apache-2.0 */
/* The registry client: options, certificates, lifetime. */
#include "cmd/lib/oci/registry.h"

#include <string.h>

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/http.h"

#define PEM_MAX ((size_t)16 << 20)
#define TIMEOUT_MAX_S ((uint64_t)1000000)

/* What libcurl would use on its own; a blob of ours replaces it. */
static int add_system_authorities(struct buf *pem, struct err *err)
{
	CURL *easy = curl_easy_init();
	char *path = NULL;
	int result = 0;

	if (easy &&
	    curl_easy_getinfo(easy, CURLINFO_CAINFO, &path) == CURLE_OK &&
	    path && access(path, R_OK) == 0)
		result = buf_read_file(pem, path, err);
	if (easy)
		curl_easy_cleanup(easy);
	return result;
}

static int add_authority(struct buf *pem, const char *path, struct err *err)
{
	SCOPED(buf) file = { .max_bytes = PEM_MAX };

	if (buf_read_file(&file, path, err) < 0)
		return -1;
	if (!strstr(buf_text(&file), "-----BEGIN CERTIFICATE-----"))
		return err_set(err, FAULT_INPUT, "%s: no PEM certificate in it",
			       path);
	buf_add_char(pem, '\n');
	buf_add(pem, file.data, file.size);
	return 0;
}

static int load_authorities(struct oci_client *client, const struct strv *files,
			    struct err *err)
{
	if (files->count == 0)
		return 0;
	if (add_system_authorities(&client->ca_pem, err) < 0)
		return -1;
	for (size_t i = 0; i < files->count; i++)
		if (add_authority(&client->ca_pem, files->items[i], err) < 0)
			return -1;
	return 0;
}

static int configure(struct oci_client *client,
		     const struct oci_client_options *options, struct err *err)
{
	client->offline = options->offline;
	client->timeout_s = options->timeout_s ? options->timeout_s : 3600;
	if (client->timeout_s > TIMEOUT_MAX_S)
		client->timeout_s = TIMEOUT_MAX_S;
	strv_add_all(&client->mirrors, &options->mirrors);
	for (size_t i = 0; i < client->mirrors.count; i++)
		if (oci_mirror_check(client->mirrors.items[i], err) < 0)
			return -1;
	return load_authorities(client, &options->ca_files, err);
}

int oci_client_new(struct oci_client **client,
		   const struct oci_client_options *options, struct err *err)
{
	struct oci_client *self;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, FAULT_SYSTEM, "cannot start libcurl");
	self = xcalloc(1, sizeof(*self));
	if (configure(self, options, err) < 0) {
		oci_client_free(self);
		return -1;
	}
	*client = self;
	return 0;
}

void oci_client_free(struct oci_client *client)
{
	if (!client)
		return;
	for (size_t i = 0; i < client->grant_count; i++) {
		free(client->grants[i].key);
		free(client->grants[i].header);
	}
	free(client->grants);
	buf_release(&client->ca_pem);
	strv_release(&client->mirrors);
	strv_release(&client->plain);
	strv_release(&client->tls);
	free(client);
	curl_global_cleanup();
}
