"""Tables of small variations, and all that the rules report of each: what a sample with one case cannot show."""
