"""The one kind of error that a user is meant to read, and how a script ends on it."""

import errno
import sys
from collections.abc import Callable

from knnkd.core.logs import use_logs

# What a disk may refuse, and what to do then. All that was finished stays, and the next run goes on from there.
REFUSALS = {
    errno.ENOSPC: "the disk is full; make room and run again",
    errno.EDQUOT: "your quota of the disk is used up; make room and run again",
    errno.EFBIG: "larger than a file may be here; raise the limit and run again",
    errno.EROFS: "the disk is read-only; let results be on another one",
    errno.EACCES: "not allowed; change the permissions, or let results be in another folder",
    errno.ENOTDIR: "a file stands where a folder should be; move it away",
    errno.EEXIST: "a file stands where a folder should be; move it away",
    errno.EPERM: "not allowed; change the permissions, or let results be in another folder",
}
# Libraries that write by themselves say it in words of their own.
IN_WORDS = {"No space left on device": errno.ENOSPC, "PytorchStreamWriter failed": errno.ENOSPC}


class KnnKdError(Exception):
    """Something the user can mend: one line that says what is wrong, where (file and line), and the remedy."""


def exit_with_errors(main: Callable[[], None]) -> None:
    """Run a script's `main`; on KnnKdError print `error: ...` as one line to stderr and exit with status 1.

    So too where a disk refuses to be written. Any other exception is a defect of ours and keeps its traceback.
    """
    use_logs()
    try:
        main()
    except KnnKdError as error:
        _end(str(error))
    except Exception as error:
        if (refusal := refused_by_disk(error)) is None:
            raise
        _end(refusal)


def _end(words: str) -> None:
    # A file name or a server's reason may hold a line end; the promise of one line holds all the same.
    print("error:", " ".join(words.splitlines()), file=sys.stderr)
    sys.exit(1)


def refused_by_disk(error: BaseException) -> str | None:
    """Return in one line what a disk, or who may write to it, refused; None where an error is of another kind."""
    cause: BaseException | None = error
    while cause is not None:
        number = cause.errno if isinstance(cause, OSError) else None
        number = next((known for words, known in IN_WORDS.items() if words in str(cause)), number)
        if number in REFUSALS:
            name = getattr(cause, "filename", None) or " ".join(str(cause).split())[:200]
            return f"{name}: {REFUSALS[number]}"
        cause = cause.__cause__ or cause.__context__
    return None
