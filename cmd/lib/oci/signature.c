/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of images. */
#include "cmd/lib/oci/signature.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "cmd/lib/base/log.h"
#include "cmd/lib/base/mem.h"
#include "cmd/lib/oci/image.h"
#include "cmd/lib/oci/internal.h"
#include "cmd/lib/oci/manifest.h"
#include "cmd/lib/oci/ref.h"
#include "cmd/lib/oci/whole.h"

#define KEY_MAX ((size_t)64 << 10)
#define PAYLOAD_MAX ((size_t)1 << 20)
#define SIGNATURE_MAX ((size_t)1024) /* of base64 */
#define SIGNATURE_ANNOTATION "dev.cosignproject.cosign/signature"
#define STATEMENT "cosign container image signature"

static void scope_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
#define SCOPED_KEY __attribute__((cleanup(scope_key)))

static void scope_bio(BIO **bio)
{
	BIO_free(*bio);
}
#define SCOPED_BIO __attribute__((cleanup(scope_bio)))

static void scope_md(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}
#define SCOPED_MD __attribute__((cleanup(scope_md)))

static bool is_p256(const EVP_PKEY *key)
{
	char group[32];
	size_t length = 0;

	return EVP_PKEY_get_group_name(key, group, sizeof(group), &length) ==
		       1 &&
	       strcmp(group, "prime256v1") == 0;
}

static int read_key(EVP_PKEY **key, const char *path, struct err *err)
{
	SCOPED(buf) text = { .max_bytes = KEY_MAX };
	SCOPED_BIO BIO *bio = NULL;

	if (buf_read_file(&text, path, err) < 0)
		return -1;
	bio = BIO_new_mem_buf(buf_text(&text), (int)text.size);
	*key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	if (!*key || !is_p256(*key))
		return err_set(err, FAULT_INPUT,
			       "%s is no ECDSA P-256 public key in PEM", path);
	return 0;
}

/* What is to be proved: one of these digests was signed with that key. */
struct proof {
	struct oci_store *store;
	struct oci_client *client;
	enum oci_pull pull;
	struct digest digests[2];
	size_t digest_count;
	EVP_PKEY *key;
};

static bool is_signed(const struct proof *proof, const struct buf *payload,
		      const char *coded)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t length = strlen(coded);
	SCOPED_MD EVP_MD_CTX *context = EVP_MD_CTX_new();
	int size;

	if (!context || length == 0 || length > SIGNATURE_MAX)
		return false;
	size = EVP_DecodeBlock(signature, (const unsigned char *)coded,
			       (int)length);
	/* The padding counts as zero bytes there. */
	for (size_t i = length; size > 0 && i > 0 && coded[i - 1] == '='; i--)
		size--;
	return size > 0 &&
	       EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL,
				    proof->key) == 1 &&
	       EVP_DigestVerify(context, signature, (size_t)size,
				(const unsigned char *)buf_text(payload),
				payload->size) == 1;
}

/* Does the statement speak about our image? */
static bool is_about(const struct proof *proof, const struct buf *payload)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED(err) ignored = { 0 };
	const json_t *critical;
	const char *type, *said;
	struct digest digest;

	if (json_parse(&json, buf_text(payload), payload->size, "payload",
		       &ignored) < 0)
		return false;
	critical = json_object_get(json, "critical");
	type = json_text(critical, "type");
	said = json_text(json_object_get(critical, "image"),
			 "docker-manifest-digest");
	if (!type || strcmp(type, STATEMENT) != 0 || !said ||
	    !digest_parse(&digest, said))
		return false;
	for (size_t i = 0; i < proof->digest_count; i++)
		if (digest_equal(&digest, &proof->digests[i]))
			return true;
	return false;
}

static int check_layer(const struct proof *proof, const json_t *layer,
		       bool *proved, struct err *err)
{
	const char *coded = json_text(json_object_get(layer, "annotations"),
				      SIGNATURE_ANNOTATION);
	SCOPED(oci_descriptor) blob = { 0 };
	SCOPED(buf) payload = { 0 };

	if (oci_descriptor_parse(&blob, layer, "a signature", err) < 0)
		return -1;
	if (!coded || strcmp(blob.media_type, OCI_TYPE_SIGNING) != 0)
		return 0;
	if (oci_store_load(proof->store, &blob, PAYLOAD_MAX, &payload, err) < 0)
		return -1;
	*proved =
		is_about(proof, &payload) && is_signed(proof, &payload, coded);
	return 0;
}

static int check_manifest(const struct proof *proof,
			  const struct oci_descriptor *manifest, bool *proved,
			  struct err *err)
{
	SCOPED_JSON json_t *json = NULL;
	SCOPED(buf) text = { 0 };
	const json_t *layers;

	if (oci_store_load(proof->store, manifest, OCI_MANIFEST_MAX, &text,
			   err) < 0 ||
	    json_parse(&json, buf_text(&text), text.size, "signatures", err) <
		    0)
		return -1;
	layers = json_object_get(json, "layers");
	for (size_t i = 0; i < json_array_size(layers) && !*proved; i++)
		if (check_layer(proof, json_array_get(layers, i), proved, err) <
		    0)
			return -1;
	return 0;
}

/* Under which name the signatures of a digest are kept. */
static char *signature_name(const struct oci_ref *ref,
			    const struct digest *digest)
{
	char hex[DIGEST_HEX_SIZE];

	return xasprintf("%s/%s:sha256-%s.sig", ref->registry, ref->repository,
			 digest_hex(digest, hex));
}

/* Fetches what is signed under one digest; `*found` false when nothing is. */
static int fetch_signatures(const struct proof *proof, const char *name,
			    bool *found, struct oci_descriptor *manifest,
			    struct err *err)
{
	const struct oci_whole whole = { .name = name };
	SCOPED(err) why = { 0 };

	*found = false;
	if (oci_whole_fetch(proof->store, proof->client, &whole, proof->pull,
			    &why) < 0) {
		log_debug("%s", why.msg);
		return why.fault == FAULT_INPUT ? 0 : err_move(err, &why);
	}
	return oci_store_find(proof->store, name, found, manifest, err);
}

static int find_digests(struct proof *proof,
			const struct oci_signature_want *want,
			const struct oci_ref *ref, struct err *err)
{
	SCOPED(oci_descriptor) root = { 0 };
	SCOPED(oci_image) image = { 0 };
	bool found;

	if (oci_store_find(proof->store, ref->name, &found, &root, err) < 0)
		return -1;
	if (!found)
		return err_set(err, FAULT_INPUT, "%s is not in the cache",
			       ref->name);
	proof->digests[proof->digest_count++] = root.digest;
	if (!want->arch)
		return 0;
	if (oci_image_load(&image, proof->store, ref->name, want->arch, err) <
	    0)
		return -1;
	if (image.config && !digest_equal(&image.manifest_digest, &root.digest))
		proof->digests[proof->digest_count++] = image.manifest_digest;
	return 0;
}

static int try_keys(struct proof *proof, const struct strv *keys,
		    const struct oci_descriptor *manifest, bool *proved,
		    struct err *err)
{
	for (size_t i = 0; i < keys->count && !*proved; i++) {
		SCOPED_KEY EVP_PKEY *key = NULL;

		if (read_key(&key, keys->items[i], err) < 0)
			return -1;
		proof->key = key;
		if (check_manifest(proof, manifest, proved, err) < 0)
			return -1;
	}
	return 0;
}

int oci_signature_check(struct oci_store *store, struct oci_client *client,
			const struct oci_signature_want *want, struct err *err)
{
	struct proof proof = { .store = store,
			       .client = client,
			       .pull = want->pull };
	SCOPED(oci_ref) ref = { 0 };
	bool any = false, proved = false;

	if (oci_ref_parse(&ref, want->name, err) < 0 ||
	    find_digests(&proof, want, &ref, err) < 0)
		return -1;
	for (size_t i = 0; i < proof.digest_count && !proved; i++) {
		SCOPED_FREE char *name =
			signature_name(&ref, &proof.digests[i]);
		SCOPED(oci_descriptor) manifest = { 0 };
		bool found;

		if (fetch_signatures(&proof, name, &found, &manifest, err) < 0)
			return -1;
		any |= found;
		if (found &&
		    try_keys(&proof, want->keys, &manifest, &proved, err) < 0)
			return -1;
	}
	if (proved)
		return 0;
	return err_set(err, FAULT_TRUST,
		       any ? "%s: no signature of it is by a key of the policy"
			   : "%s has no signature, and the policy requires one",
		       ref.name);
}
