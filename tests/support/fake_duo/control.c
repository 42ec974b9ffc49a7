/* control.c */
#include "tests/support/fake_duo/control.h"

#include "tests/support/fake_duo/api.h"

#define OFFSET_S_MAX 1000000000

static const char *s_info(void *ctx, args_t *args, out_t *out)
{
    const duo_t *duo = ctx;
    (void)args;
    out_str(out, "ikey", duo->options->ikey);
    out_int(out, "users", (int64_t)people_len(duo->people));
    out_int(out, "logins", (int64_t)logins_len(duo->logins));
    out_int(out, "time", duo_now_s(duo));
    return NULL;
}

static const char *s_clock(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    const int64_t offset_s = args_int(args, "offset_s", 0);
    if (offset_s < -OFFSET_S_MAX || offset_s > OFFSET_S_MAX) {
        return "offset_s: expected at most some thirty years";
    }
    duo->clock_offset_s = offset_s;
    out_int(out, "time", duo_now_s(duo));
    return NULL;
}

static void s_write_methods(const duo_t *duo, out_t *out)
{
    out_begin(out, "methods", '{');
    for (size_t i = 0; i < METHODS_N; i++) {
        const method_count_t *count = &duo->methods[i];
        out_begin(out, api_names[i], '{');
        out_int(out, "calls", (int64_t)count->calls);
        out_int(out, "failed", (int64_t)count->failed);
        out_int(out, "scripted", (int64_t)count->scripted);
        out_int(out, "early", (int64_t)count->early);
        out_end(out, '}');
    }
    out_end(out, '}');
}

static const char *s_counters(void *ctx, args_t *args, out_t *out)
{
    const duo_t *duo = ctx;
    const sign_count_t *count = &duo->signatures;
    (void)args;
    s_write_methods(duo, out);
    out_begin(out, "signatures", '{');
    out_int(out, "v2", (int64_t)count->v2);
    out_int(out, "v5", (int64_t)count->v5);
    out_int(out, "x_duo_date", (int64_t)count->x_duo_date);
    out_int(out, "sha1", (int64_t)count->sha1);
    out_int(out, "bad", (int64_t)count->bad);
    out_int(out, "skewed", (int64_t)count->skewed);
    out_int(out, "missing", (int64_t)count->missing);
    out_int(out, "strangers", (int64_t)count->strangers);
    out_end(out, '}');
    out_int(out, "pushes", (int64_t)duo->pushes);
    out_int(out, "pushes_verified", (int64_t)duo->pushes_verified);
    out_int(out, "hanging", (int64_t)duo->hanging);
    out_int(out, "hanging_most", (int64_t)duo->hanging_most);
    return NULL;
}

static const char *s_fault(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    (void)out;
    return faults_script(duo->faults, args);
}

static const char *s_faults_clear(void *ctx, args_t *args, out_t *out)
{
    duo_t *duo = ctx;
    (void)args;
    (void)out;
    faults_clear(duo->faults);
    for (size_t i = 0; i < METHODS_N; i++) {
        duo->methods[i].hold_until_ms = 0;
    }
    return NULL;
}

const control_route_t control_routes[] = {
    {"info",         s_info             },
    {"user.add",     control_user_add   },
    {"user.change",  control_user_change},
    {"user",         control_user_get   },
    {"activate",     control_activate   },
    {"approve",      control_approve    },
    {"deny",         control_deny       },
    {"fraud",        control_fraud      },
    {"timeout",      control_timeout    },
    {"push_failed",  control_push_failed},
    {"status",       control_status     },
    {"login",        control_login      },
    {"counters",     s_counters         },
    {"clock",        s_clock            },
    {"fault",        s_fault            },
    {"faults.clear", s_faults_clear     },
    {NULL,           NULL               },
};
