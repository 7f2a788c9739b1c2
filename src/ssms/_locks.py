"""Advisory locks on files, released by the system however their holder ends.

This is the one module with POSIX-only calls.  A library would fall back to lock files that outlive
their holder where the file system has no locks (some cluster mounts); callers here need to know
that case, and decide by the recorded holder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["Lock", "patiently"]

_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)


def patiently(take: Callable[[], bool], pauses: Iterable[float]) -> bool:
    """Call `take` until it is true, with pauses of so many seconds; False if all were in vain."""
    for pause in pauses:
        if take():
            return True
        time.sleep(pause)
    return take()


class Lock:
    """An exclusive lock on a file, held until it is released or the process ends.

    Parameters
    ----------
    path : pathlib.Path
        The file; made if absent, with the permissions that the umask leaves.

    Attributes
    ----------
    reliable : bool
        False where the file system, or Windows, has no locks; then `take` always succeeds.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reliable = True
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Lock without waiting; return False if another process holds the lock.

        Raises
        ------
        OSError
            If the file cannot be made or opened.
        """
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                self.reliable = _lock(descriptor)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
            # The holder may have removed the file between our opening and locking it.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(self.path)):
                    self._descriptor = descriptor
                    return True
            os.close(descriptor)

    def is_held(self) -> bool:
        """Whether a process holds the lock; nothing is made, and the file need not be writable.

        Raises
        ------
        OSError
            If the file cannot be opened.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            # On NFS an exclusive lock would need a file that is open for writing.
            self.reliable = _lock(descriptor, shared=True)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def release(self, remove: bool = False) -> None:
        """Give the lock up, and remove its file if asked to."""
        if self._descriptor is None:
            return
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def _lock(descriptor: int, shared: bool = False) -> bool:
    """Lock an open file; return False where the file system, or Windows, has no such locks."""
    locked = False
    if sys.platform != "win32":
        import fcntl

        try:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            locked = True
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
    return locked
