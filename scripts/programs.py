"""Programs that checks and tests drive and that pip cannot bring: installed on Debian as root when they are missing."""

import os
import shutil
import subprocess

# Program that shows that a Debian package is there -> package
PROGRAMS = {
    "chromium": "chromium",
    "xgettext": "gettext",
    "/usr/sbin/dovecot": "dovecot-imapd",
    "redis-server": "redis-server",
}


def install_programs() -> None:
    """Fetch the programs that tests drive; where that cannot be done, the tests say what they lack."""
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} ...", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing],
            check=False,
            env=quiet,
            stdout=subprocess.DEVNULL,
        )


if __name__ == "__main__":
    install_programs()
