"""From files of parallel text to fairseq's binary data: download, formats, cleaning, subwords."""
