"""The steps of the pipeline: one concern a file. A step takes a turn and returns an outcome, or None to pass it on."""
