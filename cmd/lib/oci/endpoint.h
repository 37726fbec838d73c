/* SPDX-License-Identifier: Apache-2.0 */
/* Where the images of a reference are fetched: hosts, mirrors, schemes. Pure.
 */
#pragma once

#include "cmd/lib/base/err.h"
#include "cmd/lib/base/strv.h"
#include "cmd/lib/oci/ref.h"

#include <stdbool.h>

/* { 0 } is none. All text is owned. */
struct oci_endpoint {
	char *host;    /* with port, as a login names it: docker.io */
	char *base;    /* scheme, host and port: https://registry-1.docker.io */
	char *prefix;  /* what a mirror puts before the repository, or "" */
	bool loopback; /* may speak plain HTTP: nobody can listen in */
};

void oci_endpoint_release(struct oci_endpoint *endpoint);

/*
 * `mirrors` are "URL" or "REGISTRY=URL", the later ones first; a mirror stands
 * in for its registry and is never passed by. Checked by oci_mirror_check.
 */
void oci_endpoint_find(struct oci_endpoint *endpoint, const struct oci_ref *ref,
		       const struct strv *mirrors);

/* FAULT_INPUT unless it reads "http[s]://..." or "REGISTRY=http[s]://...". */
int oci_mirror_check(const char *mirror, struct err *err) MUST_CHECK;

/* Is it this very machine: localhost, *.localhost, 127.0.0.0/8, ::1? */
bool oci_host_is_loopback(const char *host);

/* Scheme, host and port equal? Then a login for one is one for the other. */
bool oci_url_same_origin(const char *a, const char *b);

/* Host names under one owner: registry.example.com and auth.example.com. */
bool oci_host_same_site(const char *a, const char *b);

/* The host of a URL, lower case, no port; NULL when there is none. Freed by
 * the caller. */
char *oci_url_host(const char *url);

/*
 * May a request meant for `base` go to `url`? Over TLS always; in the clear
 * only to this machine, or to the same origin when that was plain already.
 */
bool oci_url_is_safe(const char *url, const char *base);
