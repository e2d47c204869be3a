"""What a script's log holds: fairseq's lines with their time, of other libraries only warnings.

Importing fairseq turns on every library's debugging lines, without a time, unless logging was set up before it.
"""

import logging
import sys
from io import TextIOWrapper


def use_logs() -> None:
    """Set up logging to standard error, once a process and before fairseq is imported.

    What a terminal's encoding lacks is written as an escape: a licence in another script must not end a run.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s | %(name)s | %(message)s", datefmt="%F %T")
    for library in ("fairseq", "fairseq_cli"):
        logging.getLogger(library).setLevel(logging.INFO)
    logging.getLogger("fairseq.checkpoint_utils").addFilter(_is_no_traceback)


def _is_no_traceback(record: logging.LogRecord) -> bool:
    # Where a checkpoint cannot be saved, fairseq logs the traceback and raises the error, which says it all.
    return not record.getMessage().startswith("Traceback")
