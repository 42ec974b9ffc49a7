/* notify.h: a word to systemd (sd_notify(3)), without its library. */
#pragma once

/* Sends e.g. "READY=1" to $NOTIFY_SOCKET; does nothing when started by anybody else. */
void sb_notify(const char *state);
