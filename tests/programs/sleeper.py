"""Hangs, deaf to SIGTERM, and so does a child of its own; says the numbers of both."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 2:
    child = subprocess.Popen([sys.executable, __file__])
    Path(sys.argv[1]).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)
