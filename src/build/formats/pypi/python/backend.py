"""Builds the wheel from what this source distribution contains: no compiler, no other package, no network.

The build backend of PEP 517, with nothing but Python's standard library. The executables are here as they are
in the wheels, only compressed; release.json names the machines that they are for.
"""

import base64
import gzip
import hashlib
import json
import lzma
import os
import platform
import re
import sys
import tarfile
import time
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def get_requires_for_build_wheel(config_settings=None):
    choose_executable(read_release())
    return []


def get_requires_for_build_sdist(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    release = read_release()
    executable = choose_executable(release)
    for name, _mode, content in info_members(release, executable):
        path = os.path.join(metadata_directory, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return release["stem"] + ".dist-info"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    release = read_release()
    executable = choose_executable(release)
    name = "{}-py3-none-{}.whl".format(release["stem"], executable["tag"])
    record = []
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for member in package_members(release, executable):
            record.append(write_member(wheel, release, *member))
        for member in info_members(release, executable):
            record.append(write_member(wheel, release, *member))
        path = release["stem"] + ".dist-info/RECORD"
        record.append(path + ",,\n")
        write_member(wheel, release, path, 0o644, "".join(record).encode())
    return name


def build_sdist(sdist_directory, config_settings=None):
    release = read_release()
    name = release["stem"] + ".tar.gz"
    with open(os.path.join(sdist_directory, name), "wb") as file:
        with gzip.GzipFile("", "wb", 6, file, release["epoch"]) as packed:
            with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for source in release["files"]:
                    path = os.path.join(ROOT, *source.split("/"))
                    entry = tarfile.TarInfo(release["stem"] + "/" + source)
                    entry.size = os.path.getsize(path)
                    entry.mtime = release["epoch"]
                    entry.uname = entry.gname = "root"
                    with open(path, "rb") as content:
                        archive.addfile(entry, content)
    return name


def read_release():
    with open(os.path.join(ROOT, "release.json"), encoding="utf-8") as file:
        return json.load(file)


def choose_executable(release):
    """Returns the executable for this machine; ends the build with a sentence if there is none."""
    system, machine = sys.platform, platform.machine()
    bits = 64 if sys.maxsize > 2**32 else 32
    version = version_here(system)
    for executable in release["executables"]:
        fits = (executable["system"], executable["machine"]) == (system, machine) and bits == 64
        if fits and version is not None and version >= tuple(executable["floor"]):
            return executable
    sys.exit(
        "{} has no executable for this machine ({}, {}, {} bits, {}): "
        "this source distribution carries those for {}.".format(
            release["stem"],
            system,
            machine,
            bits,
            describe_version(system, version),
            ", ".join(executable["tag"] for executable in release["executables"]),
        )
    )


def version_here(system):
    """Returns the version of glibc or macOS as a pair; None with another C library, such as musl."""
    if system == "darwin":
        text = platform.mac_ver()[0]
    else:
        try:
            text = os.confstr("CS_GNU_LIBC_VERSION") or ""
        except (AttributeError, OSError, ValueError):
            return None
    match = re.search(r"(\d+)\.(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def describe_version(system, version):
    name = "macOS" if system == "darwin" else "glibc"
    return "{} {}.{}".format(name, *version) if version else "no " + name


def package_members(release, executable):
    """Yields what the wheel installs: triples of name, mode and bytes."""
    script = "{}.data/scripts/{}".format(release["stem"], release["command"])
    yield script, 0o755, lzma.decompress(contents(executable["file"]))
    for entry in release["data"]:
        yield "{}.data/data/{}".format(release["stem"], entry["path"]), 0o644, contents(entry["file"])
    for source in release["modules"]:
        yield source, 0o644, contents(source)


def info_members(release, executable):
    directory = release["stem"] + ".dist-info/"
    yield directory + "METADATA", 0o644, contents("PKG-INFO")
    yield directory + "WHEEL", 0o644, release["wheel"].replace("@TAG@", executable["tag"]).encode()
    for source in release["licenses"]:
        yield directory + "licenses/" + source, 0o644, contents(source)


def contents(source):
    with open(os.path.join(ROOT, *source.split("/")), "rb") as file:
        return file.read()


def write_member(wheel, release, name, mode, content):
    """Writes one file and returns its line of RECORD."""
    entry = zipfile.ZipInfo(name, time.gmtime(release["epoch"])[:6])
    entry.create_system = 3
    entry.external_attr = (0o100000 | mode) << 16
    # Installers mostly use the wheel at once: this level takes half the time for a somewhat larger file.
    wheel.writestr(entry, content, zipfile.ZIP_DEFLATED, 1)
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return "{},sha256={},{}\n".format(name, digest, len(content))
