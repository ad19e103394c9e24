"""One server process on a port, as `ramah serve` runs it, on whatever database the environment names."""

import sys

from granian.constants import Interfaces
from granian.server import Server

if __name__ == "__main__":
    Server(
        "ramah.config.wsgi:application",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        log_enabled=False,
    ).serve()
