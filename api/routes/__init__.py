"""Routes, one concern a file."""
