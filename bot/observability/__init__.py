"""What the program tells about itself, and the one scrubber that logs, metrics and error reports go through."""
