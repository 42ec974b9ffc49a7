# packages.sh: which Debian packages each purpose needs, and how to install what is missing.
# shellcheck shell=bash
# To be sourced. Nothing that is there already is touched or upgraded.

declare -A PACKAGES=(
    [build]="gcc libc6-dev cmake ninja-build pkg-config ccache libzmq3-dev libczmq-dev
        libcurl4-openssl-dev libcjson-dev libpq-dev libwebsockets-dev libssl-dev libsqlite3-dev
        libyaml-dev libcmocka-dev libqrencode-dev libcbor-dev tzdata"
    [demo]="jq"
    [slack]="curl"
    [postgres]="postgresql"
    [check]="git jq clang clang-format clang-tidy libclang-rt-14-dev shellcheck mandoc"
    [test]="curl jq oathtool openssl"
    [oracle]="nodejs npm openssl"
    [browser]="chromium"
    [compose]="docker.io docker-compose mmdebstrap iptables iproute2 jq"
    [bench]="procps postgresql jq openssl libcmocka-dev"
)

# packages_missing PURPOSE...: one name a line. A package that another one provides is there: npm comes
# with some builds of nodejs, which don't suffer Debian's npm beside them.
packages_missing() {
    local purpose there
    # shellcheck disable=SC2016 # dpkg-query's own
    there=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' | sed -n 's/^installed //p' |
        sed 's/ *([^)]*)//g' | tr ',' '\n' | tr -d ' ' | sort -u)
    for purpose; do
        tr -s ' \n' '\n' <<<"${PACKAGES[$purpose]}" | sed '/^$/d'
    done | sort -u | comm -23 - <(printf '%s\n' "$there")
}

# packages_as_root COMMAND...: by sudo unless we are root.
packages_as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "neither root nor sudo: as root, run: $*" >&2
        return 1
    fi
}

packages_install() {
    packages_as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@"
}

# Debian's postgresql starts a cluster of its own when it is installed; ours are temporary ones in
# folders of ours. So that step is told not to, for this once.
packages_install_postgres() {
    local folder=/etc/postgresql-common/createcluster.d file
    file=$folder/securitybot-install.conf
    packages_install postgresql-common || return
    packages_as_root mkdir -p "$folder" || return
    echo 'create_main_cluster = false' | packages_as_root tee "$file" >/dev/null || return
    packages_install "$@"
    local status=$?
    packages_as_root rm -f "$file"
    return "$status"
}

# ensure_packages PURPOSE...: installs what is missing, says so, and fails if it can't.
ensure_packages() {
    local missing
    if ! command -v dpkg-query >/dev/null; then
        echo "this is no Debian: please see that these are there: $*" >&2
        return 0
    fi
    mapfile -t missing < <(packages_missing "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        return 0
    fi
    echo "installing Debian packages: ${missing[*]}" >&2
    local install=packages_install
    case " ${missing[*]} " in
    *" postgresql "*) install=packages_install_postgres ;;
    esac
    # The first try spares a machine with fresh lists the download of them.
    if ! $install "${missing[@]}" >/dev/null 2>&1; then
        packages_as_root apt-get -qq -o Acquire::Retries=3 update && $install "${missing[@]}" >&2
    fi || {
        echo "could not install: ${missing[*]}" >&2
        return 1
    }
}
