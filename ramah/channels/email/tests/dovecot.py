"""A real IMAP server (Dovecot) of the test's own, on a free port, without root's help and without touching the system's."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

BINARY = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")

CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
ssl = no
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {uid}
mail_gid = {gid}
mail_location = maildir:{home}/mail/%u
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Archive {{
    auto = create
  }}
}}
{more}
"""


class Dovecot:
    """`start` and `stop` it; `deliver` puts mail into a user's INBOX; `client` is a plain IMAP client."""

    def __init__(self, more: str = ""):
        # Not under pytest's own folder: Dovecot's processes run as users who may not enter it.
        self.home = home = Path(tempfile.mkdtemp(prefix="dovecot-"))
        home.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for folder in ("run", "state", "mail"):
            (home / folder).mkdir()
        (home / "mail").chmod(0o777)
        (home / "users").write_text("support:{plain}secret\nsales:{plain}secret\n")
        # Dovecot refuses to run its log-in as root; the package brings the users for it.
        is_root = os.getuid() == 0
        me, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        (home / "dovecot.conf").write_text(
            CONFIG.format(
                home=home,
                port=self.port,
                internal="dovecot" if is_root else me,
                login="dovenull" if is_root else me,
                group="dovecot" if is_root else group,
                uid=pwd.getpwnam("dovecot").pw_uid if is_root else os.getuid(),
                gid=grp.getgrnam("dovecot").gr_gid if is_root else os.getgid(),
                more=more,
            )
        )
        self.process = None

    def start(self):
        self.process = subprocess.Popen([BINARY, "-F", "-c", str(self.home / "dovecot.conf")], start_new_session=True)
        for _ in range(100):
            try:
                self.client().logout()
                return
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.05)
        raise RuntimeError((self.home / "dovecot.log").read_text())

    def stop(self):
        if self.process is not None:
            # The whole group that was started: children would go on serving open connections.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def client(self, user="support"):
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(user, "secret")
        client.select()
        return client

    def deliver(self, *mails, user="support", flags=""):
        client = self.client(user)
        for mail in mails:
            client.append("INBOX", flags, None, mail)
        client.logout()

    def flags(self, user="support", folder="INBOX"):
        """UID -> flags of the mails in a folder, without \\Recent."""
        client = self.client(user)
        client.select(folder)
        _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
        client.logout()
        found = {}
        for line in filter(None, lines):
            words = line.decode().replace("(", " ").replace(")", " ").split()
            at = words.index("UID")
            found[int(words[at + 1])] = {word for word in words if word.startswith("\\")} - {"\\Recent"}
        return found
