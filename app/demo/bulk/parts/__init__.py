"""The parts of the large firm, one for each kind of row."""
