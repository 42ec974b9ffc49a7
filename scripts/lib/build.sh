# build.sh: configures and builds a preset, one script at a time: two at once in one build directory
# would break each other's files.
# shellcheck shell=bash
# To be sourced.

# build_preset PRESET [TARGET...]: everything, if no target is named.
build_preset() (
    cd "${BASH_SOURCE[0]%/*}/../.." && mkdir -p build && exec {lock}>"build/$1.lock" || exit
    flock -n "$lock" || {
        echo "waiting for another build in build/$1 ..." >&2
        flock "$lock" || exit
    }
    export CMAKE_C_COMPILER_LAUNCHER=ccache
    cmake --preset "$1" && cmake --build --preset "$1" -- "${@:2}"
)
