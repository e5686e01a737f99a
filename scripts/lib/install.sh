# shellcheck shell=sh
# Installs the dependencies if they are missing or differ from package-lock.json. Source this file in the
# checkout.
# shellcheck disable=SC3013 # dash, busybox and bash all have -nt
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    # npm warns about its own Node; the tool and its tests run on the pinned Node that it installs here.
    npm ci --no-fund --no-audit --loglevel=error
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
