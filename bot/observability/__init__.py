"""What the program tells about itself.

And the one scrubber that logs, metrics and error reports go through.
"""
