#include "lib/log_gate.h"

#include <assert.h>

#include "lib/err.h"

bool sb_log_gate(sb_log_gate_t *self, int64_t now_ms, int64_t *hidden_r)
{
    assert(self);
    assert(hidden_r);
    if (now_ms / 1000 != self->second) {
        self->second = now_ms / 1000;
        self->lines = 0;
    }
    if (self->lines == SB_LOG_GATE_MAX) {
        self->hidden++;
        return false;
    }
    self->lines++;
    *hidden_r = self->hidden;
    self->hidden = 0;
    return true;
}
