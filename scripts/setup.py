"""Make `.venv` with the locked dependencies, or bring it up to date. Needs Python 3.11 or newer and nothing else.

    python3 scripts/setup.py          what running needs
    python3 scripts/setup.py --dev    what developing and testing need as well

1. Every package is installed by version and hash from the lock; only when the lock changed since.
2. The project itself is not installed: a .pth file puts this folder on the path and `.venv/bin/ramah` starts it, so that
   no build tool has to be fetched.
3. Translations are compiled where they changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {False: ROOT / "requirements.lock", True: ROOT / "requirements-dev.lock"}


def main() -> None:
    dev = "--dev" in sys.argv[1:]
    if sys.version_info < (3, 11):  # noqa: UP036 - it is run by whatever `python3` is
        sys.exit(f"Ramah needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 ...")
    python = VENV / "bin" / "python"
    if not python.exists():
        make_environment()
    install(python, LOCKS[dev])
    enter_project(python)
    subprocess.run([python, ROOT / "scripts" / "compile_messages.py"], check=True)


def make_environment() -> None:
    """Create `.venv`; on Debian as root fetch what Python's own package leaves out."""
    print("Making .venv ...", flush=True)
    try:
        import ensurepip  # noqa: F401 - Debian ships Python without it
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            sys.exit(f"Python's venv module is missing. Install it and try again, on Debian: apt install {package}")
        subprocess.run(["apt-get", "update", "-q"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-q", package], check=True)
    venv.create(VENV, with_pip=True, symlinks=True)


def install(python: Path, lock: Path) -> None:
    """Install what `lock` names, unless this very lock was installed last."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / f".installed-{lock.stem}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing {lock.name} ...", flush=True)
    # The lock is complete, so nothing is resolved; what runs is compiled when it first runs.
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "--require-hashes"]
    ran = subprocess.run([python, "-m", "pip", "install", *options, "-r", lock], check=False)
    if ran.returncode:
        sys.exit(f"Could not install {lock.name}; see above. Is the package index reachable? Then try again.")
    stamp.write_text(digest)


def enter_project(python: Path) -> None:
    """Let `.venv` find this folder, and write the command `ramah`."""
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    (packages / "ramah-here.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "ramah"
    # /bin/sh first: a path of any length and with spaces is found, which a #! line does not promise.
    command.write_text(
        f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n"
        'from ramah.config.cli import main\n\nmain(prog_name="ramah")\n'
    )
    command.chmod(0o755)


if __name__ == "__main__":
    main()
