# browser.sh: a headless Chromium that a test drives, over the pipe of its DevTools protocol.
# shellcheck shell=bash
# To be sourced. One browser with one page:
#     browser_start FOLDER          FOLDER is the browser's own and is there
#     browser_go URL
#     browser_value JS              the value as JSON; may be a promise
#     browser_until JS              until it is true; 1 after BROWSER_SECONDS
#     browser_type TEXT             into what has the focus
#     browser_key KEY               Enter, Tab, ArrowDown ...
#     browser_stop

BROWSER_SECONDS=10
BROWSER_PID='' BROWSER_TO='' BROWSER_FROM='' BROWSER_ID=0 BROWSER_SESSION=''

browser_there() { command -v chromium >/dev/null; }

# browser_call METHOD [PARAMS]: BROWSER_RESULT is the answer's result. Events go to BROWSER_EVENTS.
browser_call() {
    local line params=${2:-}
    BROWSER_ID=$((BROWSER_ID + 1))
    jq -nj --argjson id "$BROWSER_ID" --arg method "$1" --argjson params "${params:-{\}}" \
        --arg session "$BROWSER_SESSION" '{id: $id, method: $method, params: $params}
        + if $session == "" then {} else {sessionId: $session} end' >&"$BROWSER_TO"
    printf '\0' >&"$BROWSER_TO"
    while IFS= read -r -d '' -t "$BROWSER_SECONDS" -u "$BROWSER_FROM" line; do
        if [[ $line == "{\"id\":$BROWSER_ID,"* ]]; then
            BROWSER_RESULT=$(jq -c '.result // empty' <<<"$line")
            [ -n "$BROWSER_RESULT" ] && return 0
            echo "browser: $1: $line" >&2
            return 1
        fi
        printf '%s\n' "$line" >>"$BROWSER_EVENTS"
    done
    echo "browser: no answer to $1" >&2
    return 1
}

browser_start() {
    local folder=$1 target
    BROWSER_EVENTS=$folder/events
    mkfifo "$folder/to" "$folder/from" && : >"$BROWSER_EVENTS" || return
    chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --disable-dev-shm-usage \
        --user-data-dir="$folder/profile" --remote-debugging-pipe about:blank \
        3<"$folder/to" 4>"$folder/from" >"$folder/log" 2>&1 &
    BROWSER_PID=$!
    exec {BROWSER_TO}>"$folder/to" {BROWSER_FROM}<"$folder/from"
    browser_call Target.getTargets || return
    target=$(jq -r 'first(.targetInfos[] | select(.type == "page")).targetId' <<<"$BROWSER_RESULT")
    browser_call Target.attachToTarget "{\"targetId\": \"$target\", \"flatten\": true}" || return
    BROWSER_SESSION=$(jq -r .sessionId <<<"$BROWSER_RESULT")
    browser_call Page.enable && browser_call Runtime.enable && browser_call Log.enable
}

browser_stop() {
    [ -n "$BROWSER_PID" ] || return 0
    BROWSER_SESSION=
    browser_call Browser.close 2>/dev/null
    wait "$BROWSER_PID" 2>/dev/null
    exec {BROWSER_TO}>&- {BROWSER_FROM}<&-
    BROWSER_PID=
}

browser_go() {
    browser_call Page.navigate "$(jq -n --arg url "$1" '{url: $url}')" &&
        browser_until 'document.readyState === "complete"'
}

browser_value() {
    browser_call Runtime.evaluate "$(jq -n --arg js "$1" \
        '{expression: $js, awaitPromise: true, returnByValue: true}')" || return
    jq -c '.exceptionDetails.exception.description // .result.value' <<<"$BROWSER_RESULT"
}

browser_until() {
    local end=$((SECONDS + BROWSER_SECONDS))
    while [ "$(browser_value "Boolean($1)")" != true ]; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "browser: not true in $BROWSER_SECONDS s: $1" >&2
            return 1
        fi
        sleep 0.05
    done
}

browser_type() { browser_call Input.insertText "$(jq -n --arg text "$1" '{text: $text}')"; }

browser_key() {
    local text=''
    [ "$1" != Enter ] || text='\r'
    browser_call Input.dispatchKeyEvent \
        "{\"type\": \"keyDown\", \"key\": \"$1\", \"code\": \"$1\", \"text\": \"$text\"$(browser_code "$1")}" &&
        browser_call Input.dispatchKeyEvent "{\"type\": \"keyUp\", \"key\": \"$1\", \"code\": \"$1\"}"
}

browser_code() {
    case $1 in
    Enter) printf ', "windowsVirtualKeyCode": 13' ;;
    Tab) printf ', "windowsVirtualKeyCode": 9' ;;
    ArrowDown) printf ', "windowsVirtualKeyCode": 40' ;;
    ArrowUp) printf ', "windowsVirtualKeyCode": 38' ;;
    esac
}

# browser_width PIXELS
browser_width() {
    browser_call Emulation.setDeviceMetricsOverride \
        "{\"width\": $1, \"height\": 720, \"deviceScaleFactor\": 1, \"mobile\": false}"
}

# browser_shot FILE: a PNG of what is seen.
browser_shot() {
    browser_call Page.captureScreenshot '{"format": "png"}' &&
        jq -r .data <<<"$BROWSER_RESULT" | base64 -d >"$1"
}

# browser_faults: exceptions and errors that the page has had, but for a socket that was refused.
browser_faults() {
    browser_value 1 >/dev/null
    jq -r 'select(.method == "Runtime.exceptionThrown" or
        (.method == "Log.entryAdded" and .params.entry.level == "error")) |
        .params.entry.text // .params.exceptionDetails.exception.description' "$BROWSER_EVENTS" |
        grep -v -e "WebSocket connection to" -e ERR_CONNECTION_REFUSED
}
