"""What every part of the workflow needs: errors, files, integrity, resumable work, devices, flags."""
