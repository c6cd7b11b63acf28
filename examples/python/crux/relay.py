"""relay.py NAME - what crux starts where a function of a Python program is its policy or critic: standard input and
output carried to the socket $CRUX_RELAY_SOCKET, on which that program listens (running.py). Needs nothing else of
this package."""

import os
import socket
import sys
import threading


def carry(peer):
    while data := os.read(0, 1 << 16):
        peer.sendall(data)
    peer.shutdown(socket.SHUT_WR)


def main():
    with socket.socket(socket.AF_UNIX) as peer:
        try:
            peer.connect(os.environ["CRUX_RELAY_SOCKET"])
            peer.sendall(sys.argv[1].encode() + b"\n")
        except (OSError, KeyError):
            sys.exit("the Python program that has this function is gone")
        threading.Thread(target=carry, args=[peer], daemon=True).start()
        while data := peer.recv(1 << 16):
            view = memoryview(data)
            while view:
                view = view[os.write(1, view):]
    os._exit(0)  # whatever the other thread waits for


main()
