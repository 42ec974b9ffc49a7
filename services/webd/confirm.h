/* confirm.h: the one-time page on which somebody proves that it was them (proto/page.md). It
 * carries what taskd says to the browser and what the browser says to taskd, and judges nothing. */
#pragma once

#include <czmq.h>

#include "services/webd/store.h"

typedef struct confirm confirm_t;

/* store is borrowed for its life. */
confirm_t *confirm_new(zloop_t *loop, const store_t *store);
/* Who still waits gets no answer. */
void confirm_destroy(confirm_t **self_p);

/* For the routes ROUTE_PAGE to ROUTE_CALLBACK; takes the request. */
void confirm_serve(confirm_t *self, request_t **request_p, const request_route_t *route);
/* Some page changed: those who wait for one look again. */
void confirm_look(confirm_t *self);
