"""Compares a wheel with its own RECORD, and prints its content as JSON: name, mode, time and SHA-256 of each
file."""

import base64
import csv
import hashlib
import json
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    record = [name for name in wheel.namelist() if name.endswith(".dist-info/RECORD")][0]
    rows = csv.reader(wheel.read(record).decode().splitlines())
    expected = {name: (digest, size) for name, digest, size in rows}
    members = []
    for entry in wheel.infolist():
        content = wheel.read(entry)
        digest = hashlib.sha256(content).digest()
        members.append([entry.filename, entry.external_attr >> 16, entry.date_time, digest.hex()])
        line = ("sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), str(len(content)))
        if entry.filename != record and expected[entry.filename] != line:
            sys.exit("RECORD is wrong about " + entry.filename)
    if sorted(expected) != sorted(wheel.namelist()):
        sys.exit("RECORD names other files")
print(json.dumps(members))
