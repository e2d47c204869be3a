"""The one kind of error that a user is meant to read, and how a script ends on it."""

import sys
from collections.abc import Callable


class KnnKdError(Exception):
    """Something the user can mend: one line that says what is wrong, where (file and line), and the remedy."""


def exit_with_errors(main: Callable[[], None]) -> None:
    """Run a script's `main`; on KnnKdError print `error: ...` as one line to stderr and exit with status 1.

    Any other exception is a defect of ours and keeps its traceback.
    """
    try:
        main()
    except KnnKdError as error:
        # A file name or a server's reason may hold a line end; the promise of one line holds all the same.
        print("error:", " ".join(str(error).splitlines()), file=sys.stderr)
        sys.exit(1)
