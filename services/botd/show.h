/* show.h: what a factor's provider wants a person to see, let through by strict patterns only: its
 * words are foreign, and what looks like ours is believed. */
#pragma once

#include <stdbool.h>

/* 1 to 8 digits and nothing else. */
bool show_is_number(const char *text);

/* An https URL, or an http one of this machine, at most SB_SHOW_TEXT_MAX bytes: a plain host, and
 * behind it nothing that could end the URL or a quotation of it. */
bool show_is_link(const char *text);
