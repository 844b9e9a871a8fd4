"""What the program reports about itself.

And the one scrubber that logs, metrics and error reports go through.
"""
