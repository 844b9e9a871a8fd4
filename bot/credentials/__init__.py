"""Where credentials are written in plain text: in every kind of file that is read, and on command lines."""
