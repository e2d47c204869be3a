"""Speed, measured alone on the machine and in turns."""
