#include "services/chatd/chat.h"

#include <string.h>

/* In the order of CHAT_DRIVERS. */
static const chat_driver_t *const s_drivers[] = {&chat_local, &chat_slack};
#define DRIVERS_LEN (sizeof s_drivers / sizeof s_drivers[0])

const chat_driver_t *chat_driver_at(size_t i)
{
    return i < DRIVERS_LEN ? s_drivers[i] : NULL;
}

const chat_driver_t *chat_driver_find(const char *name)
{
    for (size_t i = 0; i < DRIVERS_LEN; i++) {
        if (strcmp(s_drivers[i]->name, name) == 0) {
            return s_drivers[i];
        }
    }
    return NULL;
}
