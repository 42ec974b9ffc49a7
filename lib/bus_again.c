#include "lib/bus_again.h"

#include "proto/bus.h"

void sb_again_mark(cJSON *body)
{
    if (body && !cJSON_HasObjectItem(body, SB_JOB_AGAIN)) {
        sb_json_add_bool(body, SB_JOB_AGAIN, true);
    }
}

void sb_again_accepted(cJSON *body, const cJSON *accept)
{
    const char *transaction =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(accept, SB_JOB_TRANSACTION));
    if (body && transaction) {
        cJSON_DeleteItemFromObjectCaseSensitive(body, SB_JOB_TRANSACTION);
        sb_json_add_str(body, SB_JOB_TRANSACTION, transaction);
    }
}
