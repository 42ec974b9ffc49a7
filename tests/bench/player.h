/* player.h: one connection to the chat, that plays one person after the other. */
#pragma once

#include "tests/bench/bench.h"

typedef struct player player_t;

/* Begins at once with the next person there is. */
player_t *player_new(bench_t *bench);
void player_destroy(player_t **self_p);
