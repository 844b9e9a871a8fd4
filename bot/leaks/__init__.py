"""Where the values of secrets flow in a script: sources, propagation, sinks."""
