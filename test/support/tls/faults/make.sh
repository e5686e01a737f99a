#!/bin/sh
# Makes the certificates of this directory anew; see README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f ./*.crt ./*.crl ./*.key ./authority.*

cat >"$work/ca.conf" <<CONF
[ca]
default_ca = test
[test]
new_certs_dir = $work
database = $work/index
crlnumber = $work/crlnumber
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
CONF
: >"$work/index"
echo 01 >"$work/crlnumber"
past='-startdate 20200101000000Z -enddate 20200201000000Z'
always='-startdate 20200101000000Z -enddate 21200101000000Z'
future='-startdate 21190101000000Z -enddate 21200101000000Z'
ec='ec -pkeyopt ec_paramgen_curve:prime256v1'

key() { # name, arguments of -newkey
  # shellcheck disable=SC2086
  openssl req -new -newkey $2 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$1" 2>/dev/null
}
sign() { # name, common name, authority (its own name for an authority of its own), extensions, dates, hash
  openssl req -new -key "$work/$1.key" -subj "/CN=$2" -out "$work/$1.csr"
  printf '%s\n' "$4" >"$work/$1.ext"
  if [ "$1" = "$3" ]; then signer='-selfsign'; else signer="-cert $work/$3.crt"; fi
  # shellcheck disable=SC2086
  openssl ca -batch -notext -config "$work/ca.conf" $signer -keyfile "$work/$3.key" -in "$work/$1.csr" \
    -extfile "$work/$1.ext" ${5:-$always} -md "${6:-sha256}" -out "$work/$1.crt" 2>/dev/null
}
authority() { # name, authority, more extensions, dates, hash
  sign "$1" "$1" "$2" "basicConstraints=critical,CA:TRUE${3:-
keyUsage=critical,keyCertSign,cRLSign}" "${4:-}" "${5:-}"
}
server() { # name, authority, extensions, dates, hash
  [ -e "$work/$1.key" ] || cp "$work/server.key" "$work/$1.key"
  sign "$1" localhost "$2" "${3:-$names}" "${4:-}" "${5:-}"
}
list() { # name, authority, dates
  # shellcheck disable=SC2086
  openssl ca -config "$work/ca.conf" -gencrl -keyfile "$work/$2.key" -cert "$work/$2.crt" \
    ${3:--crl_lastupdate 20200101000000Z -crl_nextupdate 21200101000000Z} -out "$1.crl" 2>/dev/null
}
names='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'

for name in server authority namesake limited nested constrained outdated careless middle unfit mailer; do
  key $name "$ec"
done
key weak-key rsa:1024
key weak-authority rsa:1024
authority authority authority
authority outdated outdated '' "$past"
authority weak-authority weak-authority
authority limited authority ',pathlen:0
keyUsage=critical,keyCertSign'
authority nested limited
authority constrained authority '
keyUsage=critical,keyCertSign
nameConstraints=critical,permitted;DNS:example.org'
authority careless authority '
keyUsage=critical,digitalSignature'
authority middle authority
authority mailer authority '
keyUsage=critical,keyCertSign
extendedKeyUsage=emailProtection'
sign unfit unfit authority basicConstraints=CA:FALSE
sign namesake authority namesake 'basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign'

server valid authority
server expired authority '' "$past"
server not-yet-valid authority '' "$future"
server for-clients authority "extendedKeyUsage=clientAuth
$names"
server for-signing authority "keyUsage=critical,keyCertSign
$names"
server weak-key authority
server weak-hash authority '' '' sha1
server unknown-extension authority "1.2.3.4.5=critical,ASN1:UTF8:x
$names"
server addresses-only authority 'subjectAltName=IP:10.0.0.9'
server by-outdated outdated
server by-weak-authority weak-authority
server by-unfit unfit
server by-mailer mailer
server by-nested nested
server by-constrained constrained
server by-careless careless
server by-middle middle
cp "$work/server.key" "$work/self-signed.key"
sign self-signed localhost self-signed "$names"

list current authority
list expired authority '-crl_lastupdate 20200101000000Z -crl_nextupdate 20200201000000Z'
list not-yet-valid authority '-crl_lastupdate 21190101000000Z -crl_nextupdate 21200101000000Z'
list of-middle middle
list of-namesake namesake
openssl ca -config "$work/ca.conf" -keyfile "$work/authority.key" -cert "$work/authority.crt" \
  -revoke "$work/valid.crt" 2>/dev/null
list revoking authority

chain() { # name, authorities between it and the root
  name=$1
  shift
  for one in "$name" "$@"; do cat "$work/$one.crt"; done >"$name.crt"
}
for name in valid expired not-yet-valid for-clients for-signing weak-key weak-hash unknown-extension addresses-only \
  by-outdated by-weak-authority self-signed authority namesake outdated weak-authority middle; do chain $name; done
chain by-unfit unfit
chain by-mailer mailer
chain by-nested nested limited
chain by-constrained constrained
chain by-careless careless
chain by-middle middle
cp "$work/server.key" server.key
cp "$work/weak-key.key" weak-key.key
openssl crl2pkcs7 -nocrl -certfile authority.crt -out authority.p7b
openssl pkcs12 -export -in valid.crt -inkey server.key -passout pass:test -out authority.p12
openssl req -new -key server.key -subj /CN=localhost -out authority.csr
chmod 644 ./*.key
