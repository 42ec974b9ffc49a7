/* bus.h: names, version and limits of the bus. The text is bus.md. */
#pragma once

#define SB_BUS_VERSION "SB1"

#define SB_HEAD_SIZE_MAX 64             /* bytes of frame 1 */
#define SB_BODY_SIZE_MAX (1024 * 1024)  /* bytes of frame 2 */
#define SB_BODY_VALUES_MAX (128 * 1024) /* JSON values in it: a full batch of taskd's has many */
#define SB_FRAME_SIZE_CUT (4 * 1024 * 1024) /* ZMQ_MAXMSGSIZE: beyond it the connection ends */
#define SB_NAME_SIZE_MAX 48                 /* request, service or topic, with the NUL */
#define SB_ID_SIZE_MAX 65                   /* request id, with the NUL */
#define SB_INSTANCE_SIZE_MAX 65             /* with the NUL */
#define SB_TIMEOUT_MS_MAX 600000
#define SB_HEARTBEAT_MS 2000 /* sent when nothing else was for this long */
#define SB_SILENCE_MS 6000   /* the other side is dead when silent for this long */
#define SB_CONNECT_MS 5000   /* an attempt to connect that takes longer is given up */
#define SB_RETRY_MIN_MS 100  /* before the first new attempt, doubled each time up to */
#define SB_RETRY_MAX_MS 5000
#define SB_CREDIT_MAX 4096   /* jobs of one worker at once: as many people may be waited for */
#define SB_ANSWERED_MAX 1024 /* ids whose answers a worker remembers */
#define SB_STRIKES_MAX 3     /* unanswered jobs in a row before a worker gets no more */
/* Messages queued per peer and direction: a worker's whole credit must fit, with room for the rest.
 */
#define SB_HWM (SB_CREDIT_MAX + 1024)

/* Member of a job's body: true if the id was handed out before and may have been done. */
#define SB_JOB_AGAIN "again"
/* The same: what the ACCEPT of a worker that had it called what it had begun. */
#define SB_JOB_TRANSACTION "transaction"

/* Topics of hints. */
#define SB_HINT_WORK "work"
#define SB_HINT_ALERT "alert"
#define SB_HINT_LOCALCHAT "localchat"
#define SB_HINT_TICK "tick"
