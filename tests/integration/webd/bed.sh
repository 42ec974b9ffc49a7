# bed.sh: a webd before a played taskd (played_pages.c), and a browser with a passkey of its own.
# shellcheck shell=bash disable=SC2016,SC2034 # programs for jq; variables for who sources us
# To be sourced after tests/support/browser.sh and scripts/lib/suite.sh.
#     bed_open FOLDER PLAYED_PAGES    all three; WEB is where webd is, for browsers
#     bed_close

BED_SECONDS=10
BED_WEBD='' BED_PAGES='' BED_IN='' BED_OUT=''

# bed_tell JQ_ARG...: one command, as jq -n takes it; waits for its "done".
bed_tell() {
    jq -nc "$@" >&"$BED_IN"
    bed_hear '.done != null'
}

# bed_hear CONDITION: the next line that it holds for, in BED_LINE; others are passed over.
bed_hear() {
    local end=$((SECONDS + BED_SECONDS))
    while IFS= read -r -t "$BED_SECONDS" -u "$BED_OUT" BED_LINE && [ "$SECONDS" -le "$end" ]; do
        [ "$(jq "$1" <<<"$BED_LINE")" = true ] && return 0
    done
    echo "played_pages did not say: $1" >&2
    return 1
}

# bed_token: a new one, in TOKEN.
bed_token() { TOKEN=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '='); }

# bed_page PERSON DRIVER [JQ]: a new page, TOKEN its token; JQ changes it.
bed_page() {
    bed_token
    bed_tell --arg token "$TOKEN" --arg person "$1" --arg driver "$2" --arg rp_id localhost \
        '{do: "page", $token, $driver, ttl_ms: 600000, judge_ms: 50,
          person: {id: $person, name: (($person[:1] | ascii_upcase) + $person[1:])},
          alert: {hash: "5e4284", short: "5e4284", title: "new_ssh_key",
                  description: "a new SSH key was added to your account",
                  reason: "key SHA256:nThbg6 from 203.0.113.7", event_ms: 1795514400000},
          data: (if $driver == "webauthn" then {$rp_id} else {} end)} | '"${3:-.}"
}

# bed_invite PERSON: a new code, in TOKEN.
bed_invite() {
    bed_token
    bed_tell --arg code "$TOKEN" --arg person "$1" \
        '{do: "invite", $code, person: {id: $person, name: (($person[:1] | ascii_upcase) + $person[1:])}}'
}

# bed_count views|answers
bed_count() {
    bed_tell '{do: "count"}'
    jq ".$1" <<<"$BED_LINE"
}

# bed_passkey: a new authenticator in the browser, PASSKEY its id.
bed_passkey() {
    browser_call WebAuthn.addVirtualAuthenticator '{"options": {"protocol": "ctap2",
        "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true}}' &&
        PASSKEY=$(jq -r .authenticatorId <<<"$BROWSER_RESULT")
}

# bed_override JSON: what the authenticator does wrong, e.g. {"isBogusSignature": true}
bed_override() {
    browser_call WebAuthn.setResponseOverrideBits \
        "$(jq -nc --arg id "$PASSKEY" --argjson bits "$1" '{authenticatorId: $id} + $bits')"
}

bed_webd() {
    setpriv --pdeathsig TERM "$SB_BIN/webd" --config "$BED_FOLDER/webd.yaml" \
        >>"$BED_FOLDER/webd.log" 2>&1 </dev/null &
    BED_WEBD=$!
    for _ in {1..200}; do
        [ "$(curl --silent --max-time 1 "$WEB/healthz")" != '{"ready":true}' ] || return 0
        sleep 0.05
    done
    cat "$BED_FOLDER/webd.log" >&2
    return 1
}

bed_open() {
    local port
    BED_FOLDER=$1
    port=$(suite_port) && WEB=http://localhost:$port || return
    "$SB_BIN/botctl" keys init "$1/keys" >/dev/null || return
    mkfifo "$1/in" "$1/out" && mkdir "$1/browser" || return
    setpriv --pdeathsig TERM "$2" "$1/keys" "ipc://$1/taskd" "ipc://$1/hints" localhost "$WEB" \
        <"$1/in" >"$1/out" &
    BED_PAGES=$!
    exec {BED_IN}>"$1/in" {BED_OUT}<"$1/out"
    cat >"$1/webd.yaml" <<YAML
keys: {dir: $1/keys}
control: {endpoint: "ipc://$1/control"}
taskd: {endpoint: "ipc://$1/taskd", hints: "ipc://$1/hints"}
listen: 127.0.0.1:$port
page: {url: "$WEB"}
log: {level: debug}
YAML
    bed_webd && browser_start "$1/browser" && browser_call WebAuthn.enable && bed_passkey
}

bed_close() {
    browser_stop
    bed_webd_stop
    bed_pages_stop
}

# bed_webd_stop: its exit status.
bed_webd_stop() {
    local pid=$BED_WEBD
    [ -n "$pid" ] || return 0
    BED_WEBD=
    kill "$pid" && wait "$pid"
}

bed_pages_stop() {
    [ -n "$BED_PAGES" ] || return 0
    kill "$BED_PAGES" && wait "$BED_PAGES"
    exec {BED_IN}>&- {BED_OUT}<&-
    BED_PAGES=
} 2>/dev/null
