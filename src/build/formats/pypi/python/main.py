"""Replaces Python with the executable of this distribution: what python -m runs."""

import os
import signal
import sys
import sysconfig
from importlib.metadata import distributions

COMMAND = "@COMMAND@"
HERE = os.path.dirname(os.path.abspath(__file__))


def candidates():
    """Yields the places where an installer may have put the executable, the most likely first."""
    site = os.path.dirname(HERE)
    # pip install --target moves files after it has recorded them.
    yield os.path.join(site, "bin", COMMAND)
    # The installer's record, which is right for virtual environments, --user, --prefix and most other ways.
    for distribution in distributions(name=os.path.basename(HERE), path=[site]):
        for file in distribution.files or ():
            if file.name == COMMAND and file.parent.name == "bin":
                path = os.path.normpath(str(distribution.locate_file(file)))
                # Where files were moved, the record may lead to somebody else's program.
                if file.size is None or not os.path.isfile(path) or os.path.getsize(path) == file.size:
                    yield path
    yield os.path.join(sysconfig.get_path("scripts"), COMMAND)
    user = os.name + "_user"
    if user in sysconfig.get_scheme_names():
        yield os.path.join(sysconfig.get_path("scripts", user), COMMAND)


def main():
    looked = []
    for candidate in candidates():
        path = os.path.normpath(candidate)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            # Python ignores this signal, and the executable would inherit that.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            try:
                os.execv(path, [path] + sys.argv[1:])
            except OSError as error:
                sys.exit("{}: {} can't be run: {}.".format(COMMAND, path, error.strerror))
        if path not in looked:
            looked.append(path)
    sys.exit(
        "{0}: the executable that belongs to this package is missing; looked for {1}. "
        'Install it again: "{2} -m pip install --force-reinstall {0}".'.format(
            COMMAND, ", ".join(looked), sys.executable or "python3"
        )
    )


if __name__ == "__main__":
    main()
