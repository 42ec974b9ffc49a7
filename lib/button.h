/* button.h: the value of a button, ACTION:HASH or ACTION:HASH:ARGUMENT (proto/chatd.md). */
#pragma once

#include <stdbool.h>

#include "proto/chatd.h"
#include "proto/taskd.h"

#define SB_BUTTON_ACTION_MAX 15

typedef struct {
    char action[SB_BUTTON_ACTION_MAX + 1]; /* small letters */
    char hash[SB_HASH_HEX + 1];
    const char *argument; /* within the value; NULL: none */
} sb_button_t;

/* False if value is something else. An action that nobody knows is one. */
bool sb_button_parse(const char *value, sb_button_t *button_r);

/* True for what a responder may do: ack, assign (perhaps to a person), close with a disposition. */
bool sb_button_is_team(const sb_button_t *self);

/* True for one of SB_DISPOSITION_. */
bool sb_button_is_disposition(const char *name);
