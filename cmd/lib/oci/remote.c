/* SPDX-License-Identifier: Apache-2.0 */
/* What a name stands for at a registry. */
#include "cmd/lib/oci/remote.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/fetch.h"
#include "cmd/lib/oci/internal.h"

void oci_remote_release(struct oci_remote *remote)
{
	oci_descriptor_release(&remote->root);
	buf_release(&remote->text);
	*remote = (struct oci_remote){ 0 };
}

/* The question and where its answer goes. */
struct asking {
	const struct oci_remote_question *question;
	struct oci_remote *remote;
};

static int asking_begin(struct http_job *job, struct err *err)
{
	struct asking *asking = job->owner;

	(void)err;
	buf_clear(&asking->remote->text);
	asking->remote->text.max_bytes = OCI_MANIFEST_MAX;
	return 0;
}

static int asking_body(struct http_job *job, const void *data, size_t size,
		       struct err *err)
{
	struct asking *asking = job->owner;

	if (buf_try_add(&asking->remote->text, data, size))
		return 0;
	return err_set(err, FAULT_INPUT, "its manifest has more than %zu bytes",
		       OCI_MANIFEST_MAX);
}

static bool asking_accepts(const struct http_job *job, long status)
{
	(void)job;
	return status == 200 || status == 404;
}

static int check_digest(const struct http_job *job, const struct oci_ref *ref,
			const struct digest *found, struct err *err)
{
	const char *header = http_job_header(job, "Docker-Content-Digest");
	char text[DIGEST_TEXT_SIZE];
	struct digest said;

	if (ref->has_digest)
		said = ref->digest;
	else if (!header || !digest_parse(&said, header))
		return 0;
	if (digest_equal(&said, found))
		return 0;
	return err_set(
		err, FAULT_TRUST,
		"the registry sent a manifest with digest %s, not the one it named",
		digest_text(found, text));
}

static int asking_end(struct http_job *job, struct err *err)
{
	const struct asking *asking = job->owner;
	struct oci_remote *remote = asking->remote;

	if (job->status == 404)
		return 0;
	remote->found = true;
	remote->root = (struct oci_descriptor){
		.media_type = fetch_reply_type(job, &remote->text),
		.digest = sha256_of(buf_text(&remote->text), remote->text.size),
		.size_bytes = remote->text.size,
	};
	return check_digest(job, asking->question->ref, &remote->root.digest,
			    err);
}

static char *url_of(const struct oci_remote_question *question)
{
	const struct oci_ref *ref = question->ref;
	char digest[DIGEST_TEXT_SIZE];
	const char *tag = ref->tag ? ref->tag : "latest";

	return xasprintf("%s/v2/%s%s/manifests/%s", question->endpoint->base,
			 question->endpoint->prefix, ref->repository,
			 ref->has_digest ? digest_text(&ref->digest, digest)
					 : tag);
}

int oci_remote_ask(struct oci_remote *remote, struct oci_client *client,
		   const struct oci_remote_question *question, struct err *err)
{
	SCOPED_FREE char *what = xasprintf("image %s", question->ref->name);
	struct asking asking = { question, remote };
	struct http_job job = {
		.endpoint = question->endpoint,
		.repository = question->ref->repository,
		.url = url_of(question),
		.accept = FETCH_ACCEPTED,
		.what = what,
		.owner = &asking,
		.begin = asking_begin,
		.body = asking_body,
		.end = asking_end,
		.actions = question->actions,
		.accepts = asking_accepts,
	};
	int result = http_run(client, &job, 1, err);

	http_job_release(&job);
	return result;
}

int oci_remote_find(struct oci_remote *remote, struct oci_client *client,
		    const char *name, struct err *err)
{
	SCOPED(oci_endpoint) endpoint = { 0 };
	SCOPED(oci_ref) ref = { 0 };
	const struct oci_remote_question question = { &endpoint, &ref, NULL };

	if (oci_ref_parse_remote(&ref, name, err) < 0)
		return -1;
	if (client->offline)
		return err_set(
			err, FAULT_INPUT,
			"image %s: asking its registry is forbidden by --offline",
			ref.name);
	oci_endpoint_find(&endpoint, &ref, &client->mirrors);
	if (http_choose_scheme(client, &endpoint, err) < 0)
		return -1;
	return oci_remote_ask(remote, client, &question, err);
}
