/* local_frame.h: the codec of proto/localchat.md, chatd's side. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"

typedef enum { LOCAL_HELLO, LOCAL_PEOPLE, LOCAL_SAY, LOCAL_PRESS } local_frame_kind_t;

/* A frame from a browser. Strings are borrowed from json. */
typedef struct {
    local_frame_kind_t kind;
    const char *about; /* the type as sent, if it is one of ours; also after an error */
    const char *event; /* say, press: valid, or NULL; also after an error */
    bool security;     /* hello: the security channel */
    const char *as;    /* hello: the person; in the security channel who presses, NULL: nobody */
    int64_t after;     /* hello: -1 if absent */
    const char *search;
    const char *text;
    const char *message, *value, *label;
    cJSON *json; /* owned; NULL if the bytes are no JSON */
} local_frame_t;

/* Always to be followed by local_frame_clear, also after an error. */
SB_MUSTCHECK int local_frame_decode(const void *data, size_t size, local_frame_t *frame_r,
                                    sb_err_t *err);
void local_frame_clear(local_frame_t *self);

/* ---- Frames to a browser, as text; free() it. */
/* messages is an array of the store's messages; borrowed. */
char *local_frame_history(const cJSON *messages, bool more, int64_t last);
char *local_frame_message(const cJSON *message);
/* person may be NULL. All borrowed. */
char *local_frame_welcome(const char *channel, const cJSON *person, const char *security);
/* Takes the array. */
char *local_frame_people(cJSON **people_p, bool more);
char *local_frame_ack(const char *event, const char *id);
/* about and event may be NULL. */
char *local_frame_error(const char *about, const char *event, const sb_err_t *err);
extern const char local_frame_resync[];
