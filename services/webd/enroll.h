/* enroll.h: a new passkey for who has an admin's code (proto/page.md). Here alone webd judges: that
 * the passkey was made on our page, for this invitation, and verifies its owner. */
#pragma once

#include "services/webd/store.h"

/* For ROUTE_ENROLL_BEGIN and ROUTE_ENROLL_FINISH; takes the request. */
void enroll_serve(const store_t *store, request_t **request_p, const request_route_t *route);
