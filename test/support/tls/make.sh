#!/bin/sh
# Creates the certificates of this directory again; see README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Only `openssl ca` accepts both dates: the tests must not depend on the day on which the certificates were
# created.
cat >"$work/ca.conf" <<CONF
[ca]
default_ca = test
[test]
new_certs_dir = $work
database = $work/index
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CONF
: >"$work/index"

certificate() { # name, common name, authority's name (its own for an authority), extensions
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$1.key" -out "$work/$1.csr" -subj "/CN=$2" 2>/dev/null
  printf '%s\n' "$4" >"$work/$1.ext"
  if [ "$1" = "$3" ]; then signer='-selfsign'; else signer="-cert $3.crt"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.conf" $signer -keyfile "$3.key" -in "$work/$1.csr" \
    -extfile "$work/$1.ext" -startdate 20200101000000Z -enddate 21200101000000Z -out "$1.crt" 2>/dev/null
}

authority='basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'
certificate ca 'mathesarctl test authority' ca "$authority"
certificate other-ca 'mathesarctl unrelated test authority' other-ca "$authority"
certificate server localhost ca 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
certificate other-host db.example.org ca 'subjectAltName=DNS:db.example.org,DNS:*.db.example.org'
certificate client tls_client ca 'extendedKeyUsage=clientAuth'
rm -f ca.key other-ca.key
