/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a fetch that bring what is attested about the images. All of
 * them take each step together; when one fails the images are tried one by one,
 * so that each that has to do without is named.
 */
#include "cmd/lib/oci/fetch.h"

#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/internal.h"

/* The attestations of some of the pulls. */
struct attest {
	struct fetch *fetch;
	struct pull *pulls; /* borrowed */
	size_t count;
	struct oci_manifest *manifests; /* owned; all pulls', in order */
	size_t manifest_count;
	struct blob_want *wants; /* owned */
	size_t want_count, want_capacity;
};

static void attest_release(struct attest *attest)
{
	for (size_t i = 0; i < attest->manifest_count; i++)
		oci_manifest_release(&attest->manifests[i]);
	free(attest->manifests);
	free(attest->wants);
}

static size_t count_attestations(const struct attest *attest)
{
	size_t count = 0;

	for (size_t i = 0; i < attest->count; i++)
		count += attest->pulls[i].attestations.count;
	return count;
}

static int bring_manifests(struct attest *attest, struct err *err)
{
	size_t total = count_attestations(attest), count = 0;
	SCOPED_FREE struct manifest_want *wants =
		xcalloc(total + 1, sizeof(*wants));

	for (size_t i = 0; i < attest->count; i++) {
		struct pull *pull = &attest->pulls[i];

		for (size_t j = 0; j < pull->attestations.count; j++) {
			const struct oci_descriptor *blob =
				&pull->attestations.items[j];
			const struct lack lack = { "its attestation is", blob };

			if (fetch_is_good(attest->fetch->store, blob, true))
				continue;
			if (pull_go_online(attest->fetch, pull, &lack, err) < 0)
				return -1;
			wants[count++] = (struct manifest_want){
				.pull = pull,
				.expected = blob,
			};
		}
	}
	return fetch_manifests(attest->fetch, wants, count, err);
}

static int want_statement(struct attest *attest, struct pull *pull,
			  const struct oci_descriptor *blob, struct err *err)
{
	const struct lack lack = { "its attestation is", blob };
	bool thorough = attest->fetch->request->pull == OCI_PULL_ALWAYS;

	for (size_t i = 0; i < attest->want_count; i++)
		if (digest_equal(&attest->wants[i].descriptor->digest,
				 &blob->digest))
			return 0;
	if (fetch_is_good(attest->fetch->store, blob, thorough))
		return 0;
	if (blob->size_bytes > OCI_STATEMENT_MAX) {
		log_warn(
			"%s: a statement about it has %llu bytes; at most %zu are fetched",
			pull->what, (unsigned long long)blob->size_bytes,
			OCI_STATEMENT_MAX);
		return 0;
	}
	if (pull_go_online(attest->fetch, pull, &lack, err) < 0)
		return -1;
	attest->wants = xgrow(attest->wants, attest->want_count,
			      &attest->want_capacity, sizeof(*attest->wants));
	attest->wants[attest->want_count++] = (struct blob_want){
		.pull = pull,
		.descriptor = blob,
	};
	return 0;
}

static int want_statements(struct attest *attest, struct pull *pull,
			   const struct oci_descriptor *blob, struct err *err)
{
	struct oci_manifest *manifest =
		&attest->manifests[attest->manifest_count];
	SCOPED(buf) text = { 0 };

	if (oci_store_load(attest->fetch->store, blob, OCI_MANIFEST_MAX, &text,
			   err) < 0 ||
	    oci_manifest_parse(manifest, &text, blob->media_type,
			       "its attestation", err) < 0)
		return err_wrap(err, "%s", pull->what);
	attest->manifest_count++;
	for (size_t i = 0; i < manifest->layer_count; i++)
		if (oci_is_statement(manifest, i,
				     attest->fetch->request->predicate) &&
		    want_statement(attest, pull, &manifest->layers[i], err) < 0)
			return -1;
	return 0;
}

static int bring_statements(struct attest *attest, struct err *err)
{
	attest->manifests = xcalloc(count_attestations(attest) + 1,
				    sizeof(*attest->manifests));
	for (size_t i = 0; i < attest->count; i++) {
		struct pull *pull = &attest->pulls[i];

		for (size_t j = 0; j < pull->attestations.count; j++)
			if (want_statements(attest, pull,
					    &pull->attestations.items[j],
					    err) < 0)
				return -1;
	}
	return fetch_blobs(attest->fetch, attest->wants, attest->want_count,
			   err);
}

static int bring(struct fetch *fetch, struct pull *pulls, size_t count,
		 struct err *err)
{
	SCOPED(attest)
	attest = { .fetch = fetch, .pulls = pulls, .count = count };

	if (bring_manifests(&attest, err) < 0)
		return -1;
	return bring_statements(&attest, err);
}

int fetch_attestations(struct fetch *fetch, struct err *err)
{
	SCOPED(err) first = { 0 };

	if (!fetch->request->predicate ||
	    bring(fetch, fetch->pulls, fetch->count, &first) == 0)
		return 0;
	if (first.fault == FAULT_TRUST)
		return err_move(err, &first);
	for (size_t i = 0; i < fetch->count; i++) {
		SCOPED(err) why = { 0 };

		if (bring(fetch, &fetch->pulls[i], 1, &why) == 0)
			continue;
		if (why.fault == FAULT_TRUST)
			return err_move(err, &why);
		log_warn("%s; nothing of it goes into the SBOM", why.msg);
	}
	return 0;
}
