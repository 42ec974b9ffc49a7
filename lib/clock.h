/* clock.h: the two clocks, read at the edges only; cores get the time as an argument. */
#pragma once

#include <stdint.h>

/* Milliseconds since 1970-01-01T00:00:00Z. May jump. */
int64_t sb_clock_wall_ms(void);

/* Milliseconds of a clock that never jumps, from some start. For time-outs. */
int64_t sb_clock_mono_ms(void);
