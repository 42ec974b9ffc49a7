/* control.h: what tests do to the fake: README.md says what each path takes and gives. */
#pragma once

#include "tests/support/fake/control.h"

extern const control_route_t control_routes[]; /* their ctx is the duo_t */

/* control_people.c */
control_fn control_user_add, control_user_change, control_user_get, control_activate;
/* control_phone.c */
control_fn control_approve, control_deny, control_fraud, control_timeout, control_push_failed,
    control_status, control_login;
