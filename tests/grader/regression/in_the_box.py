"""What hostile code needs inside a box: it finds things by what they do, not by their names."""

from small_assignment import RIGHT

RIGHT_DOUBLE = f"\n{RIGHT['s-double']}\n"
SAW = "saw = []\ndef double(items):\n    saw.append(items)\n    return [2 * i for i in items]\n"
EXCHANGE = """
import json, os, shutil, socket, stat, tempfile
def sockets(place, names):
    for name in names:
        try:
            if stat.S_ISSOCK(os.lstat(os.path.join(place, name)).st_mode):
                yield os.path.join(place, name)
        except OSError:
            pass
def meeting():          # the socket that the box shares with the supervisor, if there is one
    for line in open("/proc/self/mountinfo"):
        place = line.split()[4]
        usual = place.startswith(("/proc", "/sys", "/dev")) or place.count("/") < 2
        if os.path.isdir(place) and not usual:
            for found in sockets(place, os.listdir(place)):
                return found
    for place, _, files in os.walk(tempfile.gettempdir()):
        for found in sockets(place, files):
            return found
def exchange():         # the folder that it lies in
    found = meeting()
    return os.path.dirname(found) if found else os.getcwd()
def talk(message, place=None):
    line = socket.socket(socket.AF_UNIX)
    line.connect(place or meeting())
    line.sendall((json.dumps({**message, "pid": os.getpid()}) + "\\n").encode())
    return json.loads(line.makefile().readline() or "{}")
"""
INSIDE = """
import sys
def patch(name, value):     # a function of the grader's part in the box, wherever it is known
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("grader") and hasattr(module, name):
            setattr(module, name, value)
"""
