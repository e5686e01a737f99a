# shellcheck shell=sh
# Installs the dependencies where they are missing or not those of package-lock.json. Sourced in the checkout.
# shellcheck disable=SC3013 # dash, busybox and bash all have -nt
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    # npm warns of the Node it runs on; what the tool and its tests run on is the pinned one that it installs here.
    npm ci --no-fund --no-audit --loglevel=error
fi
PATH="$PWD/node_modules/.bin:$PATH"
export PATH
