# engine.sh: a Docker engine for a test. One that runs is used; else one of our own is started, with
# everything it owns in a folder of ours, and what it changed on the machine is put back at its end.
# shellcheck shell=bash disable=SC2034 # some variables are for who sources us
# To be sourced. Sets DOCKER_HOST for an engine of our own.

ENGINE_FOLDER= # of an engine of our own
ENGINE_PID=
ENGINE_SAYS= # what was started, or why none can be

# engine_start FOLDER: 0 if an engine answers; else 1, and ENGINE_SAYS why.
engine_start() {
    if docker info >/dev/null 2>&1; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        ENGINE_SAYS="no Docker engine answers, and only root can start one"
        return 1
    fi
    command -v dockerd >/dev/null || {
        ENGINE_SAYS="no Docker engine answers, and there is no dockerd"
        return 1
    }
    ENGINE_FOLDER=$1
    mkdir -p "$ENGINE_FOLDER"/{data,exec}
    iptables-save >"$ENGINE_FOLDER/iptables" 2>/dev/null
    cat /proc/sys/net/ipv4/ip_forward >"$ENGINE_FOLDER/ip_forward"
    [ ! -e /sys/class/net/docker0 ] || : >"$ENGINE_FOLDER/had_docker0"
    export DOCKER_HOST=unix://$ENGINE_FOLDER/docker.sock
    local driver
    for driver in overlay2 vfs; do
        dockerd --host "$DOCKER_HOST" --data-root "$ENGINE_FOLDER/data" \
            --exec-root "$ENGINE_FOLDER/exec" --pidfile "$ENGINE_FOLDER/docker.pid" \
            --storage-driver "$driver" >"$ENGINE_FOLDER/log" 2>&1 </dev/null &
        ENGINE_PID=$!
        local i
        for ((i = 0; i < 100; i++)); do
            if docker info >/dev/null 2>&1; then
                ENGINE_SAYS="started a Docker engine ($driver)"
                return 0
            fi
            kill -0 "$ENGINE_PID" 2>/dev/null || break
            sleep 0.2
        done
        engine_end
    done
    ENGINE_SAYS="a Docker engine can't start here: $(tail -n 1 "$ENGINE_FOLDER/log")"
    return 1
}

engine_end() {
    [ -n "${ENGINE_PID:-}" ] || return 0
    kill "$ENGINE_PID" 2>/dev/null
    wait "$ENGINE_PID" 2>/dev/null
    ENGINE_PID=
}

# engine_stop: ends the engine if it is ours, and leaves the machine as it was.
engine_stop() {
    [ -n "$ENGINE_FOLDER" ] || return 0
    engine_end
    [ -e "$ENGINE_FOLDER/had_docker0" ] || ip link delete docker0 2>/dev/null
    iptables-restore <"$ENGINE_FOLDER/iptables" 2>/dev/null
    cat "$ENGINE_FOLDER/ip_forward" >/proc/sys/net/ipv4/ip_forward
    local mount
    while read -r mount; do
        umount "$mount"
    done < <(awk -v under="$ENGINE_FOLDER/" 'index($2, under) == 1 { print $2 }' /proc/mounts | sort -r)
    rm -rf "$ENGINE_FOLDER"
    ENGINE_FOLDER=
}
