/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of UEFI programs: PKCS #7 (RFC 2315) over the program's hash. */
#include "formats/boot/sign.h"

#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <string.h>

#include "cmd/lib/base/mem.h"
#include "formats/disk/pe.h"

#define FILE_MAX_BYTES ((size_t)1 << 20)
#define INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* SpcIndirectDataContent: a PE image without a name, and SHA-256; the hash
 * follows. The first two bytes are the sequence's own. */
static const uint8_t content_head[] = {
	0x30, 0x4c, 0x30, 0x17, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82,
	0x37, 0x02, 0x01, 0x0f, 0x30, 0x09, 0x03, 0x01, 0x00, 0xa0, 0x04, 0xa2,
	0x02, 0x80, 0x00, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
	0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};
#define CONTENT_BYTES (sizeof(content_head) + sizeof(struct digest))
#define CONTENT_OWN_HEAD 2

struct signer {
	X509 *certificate;
	EVP_PKEY *key;
	PKCS7 *message;
	PKCS7_SIGNER_INFO *info; /* of the message */
};

static void signer_release(struct signer *signer)
{
	PKCS7_free(signer->message);
	X509_free(signer->certificate);
	EVP_PKEY_free(signer->key);
}

void signing_release(struct signing *signing)
{
	buf_release(&signing->to_be_signed);
}

static int read_pem(const char *path, BIO **bio, struct buf *text,
		    struct err *err)
{
	text->max_bytes = FILE_MAX_BYTES;
	if (buf_read_file(text, path, err) < 0)
		return -1;
	*bio = BIO_new_mem_buf(buf_text(text), (int)text->size);
	if (!*bio)
		abort();
	return 0;
}

/* A key with a password is not asked about: nobody may be there. */
static int no_password(char *to, int size, int writing, void *data)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

static int read_certificate(struct signer *signer, const char *path,
			    struct err *err)
{
	SCOPED(buf) text = { 0 };
	BIO *bio;

	if (read_pem(path, &bio, &text, err) < 0)
		return -1;
	signer->certificate = PEM_read_bio_X509(bio, NULL, no_password, NULL);
	BIO_free(bio);
	if (!signer->certificate)
		return err_set(err, FAULT_INPUT, "%s is no certificate in PEM",
			       path);
	if (EVP_PKEY_get_base_id(X509_get0_pubkey(signer->certificate)) !=
	    EVP_PKEY_RSA)
		return err_set(
			err, FAULT_INPUT,
			"%s is not for an RSA key, the only kind that firmware takes",
			path);
	return 0;
}

static int read_key(struct signer *signer, const struct signing *signing,
		    struct err *err)
{
	SCOPED(buf) text = { 0 };
	BIO *bio;

	if (read_pem(signing->key, &bio, &text, err) < 0)
		return -1;
	signer->key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	if (!signer->key)
		return err_set(err, FAULT_INPUT,
			       "%s is no private key in PEM without a password",
			       signing->key);
	if (X509_check_private_key(signer->certificate, signer->key) != 1)
		return err_set(err, FAULT_INPUT,
			       "the key %s is not that of the certificate %s",
			       signing->key, signing->certificate);
	return 0;
}

/* The message's content, and the two attributes that bind it. */
static bool fill_message(struct signer *signer,
			 const uint8_t content[CONTENT_BYTES])
{
	struct digest digest = sha256_of(content + CONTENT_OWN_HEAD,
					 CONTENT_BYTES - CONTENT_OWN_HEAD);
	ASN1_OBJECT *type = OBJ_txt2obj(INDIRECT_DATA, 1);
	ASN1_STRING *sequence = ASN1_STRING_new();
	PKCS7 *inner = PKCS7_new();
	PKCS7_SIGNER_INFO *info = signer->info;

	if (!type || !sequence || !inner ||
	    !ASN1_STRING_set(sequence, content, CONTENT_BYTES))
		abort();
	inner->type = type;
	inner->d.other = ASN1_TYPE_new();
	if (!inner->d.other)
		abort();
	ASN1_TYPE_set(inner->d.other, V_ASN1_SEQUENCE, sequence);
	return PKCS7_set_content(signer->message, inner) == 1 &&
	       PKCS7_add_signed_attribute(info, NID_pkcs9_contentType,
					  V_ASN1_OBJECT, OBJ_dup(type)) == 1 &&
	       PKCS7_add1_attrib_digest(info, digest.bytes,
					sizeof(digest.bytes)) == 1;
}

static int make_message(struct signer *signer, const struct digest *hash,
			struct err *err)
{
	uint8_t content[CONTENT_BYTES];
	EVP_PKEY *public = X509_get0_pubkey(signer->certificate);

	memcpy(content, content_head, sizeof(content_head));
	memcpy(content + sizeof(content_head), hash->bytes,
	       sizeof(hash->bytes));
	signer->message = PKCS7_new();
	if (!signer->message ||
	    PKCS7_set_type(signer->message, NID_pkcs7_signed) != 1 ||
	    PKCS7_add_certificate(signer->message, signer->certificate) != 1)
		return err_set(err, FAULT_SYSTEM, "make a signature");
	signer->info = PKCS7_add_signature(signer->message, signer->certificate,
					   public, EVP_sha256());
	if (!signer->info || !fill_message(signer, content))
		return err_set(err, FAULT_SYSTEM, "make a signature");
	return 0;
}

/* The attributes as a SET, which is what a signature is over. */
static void note_to_be_signed(const struct signer *signer,
			      struct signing *signing)
{
	const PKCS7_SIGNER_INFO *info = signer->info;
	uint8_t *der = NULL;
	int size = info ? ASN1_item_i2d((ASN1_VALUE *)info->auth_attr, &der,
					ASN1_ITEM_rptr(PKCS7_ATTR_SIGN))
			: 0;

	if (size <= 0)
		abort();
	buf_clear(&signing->to_be_signed);
	buf_add(&signing->to_be_signed, der, (size_t)size);
	OPENSSL_free(der);
}

static int sign_here(const struct signer *signer, const struct buf *what,
		     struct buf *signature, struct err *err)
{
	uint8_t bytes[1024];
	size_t size = sizeof(bytes);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done = context &&
		    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL,
				       signer->key) == 1 &&
		    EVP_DigestSign(context, bytes, &size,
				   (const uint8_t *)buf_text(what),
				   what->size) == 1;

	EVP_MD_CTX_free(context);
	if (!done)
		return err_set(err, FAULT_SYSTEM, "sign with the key");
	buf_add(signature, bytes, size);
	return 0;
}

/* One made elsewhere is only as good as what it was made for. */
static bool is_right(const struct signer *signer, const struct buf *what,
		     const struct buf *signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right =
		context &&
		EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL,
				     X509_get0_pubkey(signer->certificate)) ==
			1 &&
		EVP_DigestVerify(context, (const uint8_t *)buf_text(signature),
				 signature->size,
				 (const uint8_t *)buf_text(what),
				 what->size) == 1;

	EVP_MD_CTX_free(context);
	return right;
}

static int attach(struct extents *program, const struct signer *signer,
		  const struct buf *signature, struct err *err)
{
	uint8_t *der = NULL;
	int size, status;

	if (!ASN1_STRING_set(signer->info->enc_digest, buf_text(signature),
			     (int)signature->size))
		abort();
	size = i2d_PKCS7(signer->message, &der);
	if (size <= 0)
		abort();
	status = pe_attach(program, der, (size_t)size, err);
	OPENSSL_free(der);
	return status;
}

int sign_program(struct extents *program, struct signing *signing,
		 struct err *err)
{
	SCOPED(signer) signer = { 0 };
	SCOPED(buf) signature = { .max_bytes = FILE_MAX_BYTES };
	struct digest hash;

	if (!signing->certificate)
		return 0;
	if (read_certificate(&signer, signing->certificate, err) < 0 ||
	    (signing->key && read_key(&signer, signing, err) < 0) ||
	    pe_digest(program, &hash, err) < 0 ||
	    make_message(&signer, &hash, err) < 0)
		return -1;
	note_to_be_signed(&signer, signing);
	if (!signing->key && !signing->attach)
		return 0;
	if (signing->key ? sign_here(&signer, &signing->to_be_signed,
				     &signature, err) < 0
			 : buf_read_file(&signature, signing->attach, err) < 0)
		return -1;
	if (!is_right(&signer, &signing->to_be_signed, &signature))
		return err_set(
			err, FAULT_INPUT,
			"the signature %s is not one of this program by the key of %s",
			signing->attach ? signing->attach : "",
			signing->certificate);
	return attach(program, &signer, &signature, err);
}
