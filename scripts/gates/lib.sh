# lib.sh: what the gates share. A gate is a script GATE [ROOT] that prints each fault as
# FILE:LINE: what is wrong, and exits 1 if there is any.
# shellcheck shell=bash
set -u # a grep that finds nothing is no failure: the report alone decides
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}" || exit 2

# gate_files PATTERN...: the files of the repository, or of a plain folder, that match.
gate_files() {
    if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
        git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r file; do
            [ ! -f "$file" ] || printf '%s\n' "$file"
        done
    else
        local pattern
        for pattern; do
            find . -type f -path "./$pattern" -printf '%P\n'
        done
    fi | sort -u
}

# gate_report: prints the faults that it reads, and exits 1 if there are any.
gate_report() {
    local faults
    faults=$(cat)
    [ -z "$faults" ] || { printf '%s\n' "$faults"; exit 1; }
}
