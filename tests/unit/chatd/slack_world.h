/* slack_world.h: Slack, the store and time, as a test plays them for the parts of the driver. It
 * stands in for slack_api.h, host.h, timers.h and clock.h. */
#pragma once

#include "services/chatd/host.h"
#include "services/chatd/slack_api.h"

void world_reset(void);
chat_host_t *world_host(void);
slack_api_t *world_api(void);
void world_advance(int64_t ms);

/* ---- Slack. A call is known by its method; the oldest open one of it is meant. */
size_t world_open(void);             /* calls to Slack that are open */
bool world_asks(const char *method); /* one of this method is */
/* The value of its argument, or "" if it has none; borrowed. */
const char *world_arg(const char *method, const char *name);
void world_reply(const char *method, const char *json); /* ' for " */
void world_fail(const char *method, slack_class_t class, const char *error, int code);

/* ---- The store, likewise by request. What was heard is the request "hear". */
size_t world_store_open(void);
bool world_store_asks(const char *request);
const char *world_body(const char *request); /* as JSON with ' for "; borrowed until the next */
void world_answer(const char *request, const char *json);
void world_refuse(const char *request, int code);

/* ---- What was whispered last: response_url and text, "" if nothing. */
const char *world_whispered(void);

/* ---- What is logged from now on, until it is read; borrowed until it is kept again. */
void world_log_keep(void);
const char *world_log(void);
