"""Loaded before Django's settings (see addopts): tests never touch a real installation."""

import atexit
import os
import shutil
import tempfile

home = tempfile.mkdtemp(prefix="kaibo-test-")
atexit.register(shutil.rmtree, home, ignore_errors=True)
os.environ["KAIBO_HOME"] = home
for name in ("KAIBO_DEBUG", "KAIBO_HTTPS", "KAIBO_HOSTS"):
    os.environ.pop(name, None)
