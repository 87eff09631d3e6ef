"""Measuring the understanding: from rows of a file to figures. Pure, except for reading the file."""
