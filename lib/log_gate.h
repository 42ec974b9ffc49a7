/* log_gate.h: lets a few lines a second through, so that no peer can fill the disk with refusals.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SB_LOG_GATE_MAX 20 /* lines a second */

typedef struct {
    int64_t second;
    unsigned lines;
    int64_t hidden;
} sb_log_gate_t; /* zeroed at birth */

/* True if a line may be logged now; *hidden_r is how many were not since the last. */
bool sb_log_gate(sb_log_gate_t *self, int64_t now_ms, int64_t *hidden_r);
