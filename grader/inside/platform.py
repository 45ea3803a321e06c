"""What this system can do: one place that asks, so that nothing else asks which system it is.

                              Linux  macOS  Windows   without it
PROC          /proc            yes    no     no       psutil says what processes do
FORKS         safe forks       yes    no     no       one judge for each hand-in
PIPES_WAIT    waiting pipes    yes    yes    no       threads read them
NESTED_WAITS  nested waiting   yes    no     no       each socket is waited for
ALARMS        timers           yes    yes    no       the supervisor ends a silent judge
FILE_SOCKETS  sockets in files yes    yes    no       TCP on this machine, with a token
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys

PROC = sys.platform.startswith("linux")
# macOS has a fork, but its libraries of numbers do not survive one.
FORKS = hasattr(os, "fork") and sys.platform != "darwin"
PIPES_WAIT = hasattr(select, "poll") and hasattr(os, "set_blocking")
NESTED_WAITS = hasattr(select, "epoll")
ALARMS = hasattr(signal, "setitimer") and hasattr(signal, "SIGALRM")
FILE_SOCKETS = hasattr(socket, "AF_UNIX")
TCP = "127.0.0.1:"
"""How the address of a socket begins that lies in no file: its port and a token follow."""
