/* SPDX-License-Identifier: Apache-2.0 */
/* Logins: what a registry asks for, and what the user has. */
#pragma once

#include "cmd/lib/base/err.h"

#include <stdbool.h>

/* What "WWW-Authenticate" asks for (RFC 9110 §11.6.1). { 0 } is nothing. */
struct oci_challenge {
	bool basic;
	bool bearer;
	char *realm;   /* owned; where a bearer token is had; never NULL then */
	char *service; /* owned; NULL when not said */
};

void oci_challenge_release(struct oci_challenge *challenge);

/*
 * Adds what one header asks for; a header may carry several challenges. What
 * cannot be read is passed over. Pure.
 */
void oci_challenge_add(struct oci_challenge *challenge, const char *header);

/*
 * { 0 } is none. Owned. With an identity token (OAuth 2.0, RFC 6749 section 6,
 * its refresh token) there is no user and no secret.
 */
struct oci_login {
	char *user;
	char *secret;
	char *identity;
};

void oci_login_release(struct oci_login *login);

/*
 * The login for a registry ("docker.io", "host:5000") and repository, from the
 * first file there is of $DOCKER_CONFIG/config.json, ~/.docker/config.json,
 * $REGISTRY_AUTH_FILE and $XDG_RUNTIME_DIR/containers/auth.json, or from the
 * credential helper it names. `*found` is false when there is none.
 */
int oci_login_find(struct oci_login *login, const char *host,
		   const char *repository, bool *found,
		   struct err *err) MUST_CHECK;

/* "Basic dXNlcjpzZWNyZXQ=". Caller frees. */
char *oci_login_header(const struct oci_login *login);
