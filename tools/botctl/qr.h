/* qr.h: a QR code for the terminal. */
#pragma once

#include <stdbool.h>

#include "lib/err.h"

/* Lines of half blocks, two modules a character, with the white border that readers need. colour:
 * black on white is set by escape sequences, so that it can be read on dark and light terminals
 * alike; without it, light modules are drawn, for a dark one. The caller frees (and wipes) it. */
char *qr_draw(const char *text, bool colour, sb_err_t *err);
