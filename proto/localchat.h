/* localchat.h: names and limits of the built-in web chat's socket. The text is localchat.md. */
#pragma once

#include "proto/taskd.h"

#define LOCALCHAT_PATH "/ws"
#define LOCALCHAT_PROTOCOL "securitybot-chat-1" /* Sec-WebSocket-Protocol */

/* From the browser. */
#define LOCALCHAT_HELLO "hello"
#define LOCALCHAT_PEOPLE "people" /* both ways */
#define LOCALCHAT_SAY "say"
#define LOCALCHAT_PRESS "press"
/* To the browser. */
#define LOCALCHAT_WELCOME "welcome"
#define LOCALCHAT_HISTORY "history"
#define LOCALCHAT_MESSAGE "message"
#define LOCALCHAT_ACK "ack"
#define LOCALCHAT_ERROR "error"
#define LOCALCHAT_RESYNC "resync"

#define LOCALCHAT_VIEW_SECURITY "security"

/* A text of SB_TEXT_MAX bytes, each written as a six-byte escape, and room for the rest. */
#define LOCALCHAT_FRAME_MAX (6 * SB_TEXT_MAX + 2048)
#define LOCALCHAT_EVENT_MAX 48    /* an event id; "PERSON:" and it are taskd's */
#define LOCALCHAT_LABEL_MAX 80    /* a button's label */
#define LOCALCHAT_SEARCH_MAX 100  /* what people are searched by */
#define LOCALCHAT_PEOPLE_MAX 50   /* people in one answer */
#define LOCALCHAT_HISTORY_MAX 100 /* messages in one history frame */

/* Per connection. */
#define LOCALCHAT_RATE 50          /* frames a second that are read */
#define LOCALCHAT_BURST 200        /* at most this many at once */
#define LOCALCHAT_QUEUE_FRAMES 256 /* frames that wait for a slow browser */
#define LOCALCHAT_QUEUE_BYTES (4 * 1024 * 1024)
#define LOCALCHAT_CONNECTIONS_MAX 512 /* of one chatd, pages being loaded included */
