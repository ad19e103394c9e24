"""The settings under which tests run: the product's own, with a directory of their own and quick passwords."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="ramah-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ.update(
    RAMAH_HOME=_home,
    RAMAH_SECRET_KEY="a key that only tests know, and that is long enough",
    RAMAH_SMTP_PORT="0",
    RAMAH_DEBUG="0",
)
# A developer's own installation is never touched. DATABASE_URL stays: the second round of `make test` sets it.
for _name in ("REDIS_URL", "EMAIL_URL", "RAMAH_BASE_URL", "RAMAH_PORT", "RAMAH_OLD_SECRET_KEYS", "RAMAH_S3_BUCKET"):
    os.environ.pop(_name, None)

from ramah.config.settings import *  # noqa: E402, F403 - all of them, after the environment was set
from ramah.config.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, since threads share it as they do in earnest; not synced, since nobody pulls the plug of a test.
    DATABASES["default"]["TEST"] = {"NAME": f"{_home}/test.sqlite3"}
    _options = DATABASES["default"]["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
