/* fail.h: the bench has one way out when something is not as it should be. */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static inline void bench_must(bool holds, const char *else_text)
{
    if (!holds) {
        (void)fprintf(stderr, "bench: %s\n", else_text);
        exit(1);
    }
}
