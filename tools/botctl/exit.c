#include "tools/botctl/exit.h"

#include "lib/err.h"

exit_code_t exit_of(int code)
{
    switch (code) {
    case SB_OK:
        return EXIT_OK;
    case SB_EBUSY:
    case SB_ETIMEOUT:
    case SB_ERETRY:
    case SB_ENOTLEADER:
        return EXIT_AWAY;
    case SB_EINTERNAL:
        return EXIT_FAULT;
    default:
        return EXIT_REFUSED;
    }
}
