"""Runs a command with the address of a server that never answers, interrupts it once it is connected, and
prints its exit status."""

import signal
import socket
import subprocess
import sys

with socket.create_server(("127.0.0.1", 0)) as server:
    port = str(server.getsockname()[1])
    process = subprocess.Popen([word.replace("@PORT@", port) for word in sys.argv[1:]])
    server.settimeout(30)
    connection, _ = server.accept()
    process.send_signal(signal.SIGINT)
    print(process.wait(30))
    connection.close()
