#!/bin/sh
# Prints the command of a Python that Rasa 3.6 can live in, newest first: on the PATH, or among those that pyenv keeps.
# Prints nothing and fails where there is none. That a name stands on the PATH is not enough: pyenv leaves names that fail.
for version in 3.10 3.9 3.8; do
  if "python$version" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "python$version"
    exit
  fi
  kept=$(pyenv versions --bare 2>/dev/null | grep -E "^$version\.[0-9]+$" | sort -V | tail -1)
  if [ -n "$kept" ]; then
    echo "$(pyenv prefix "$kept")/bin/python"
    exit
  fi
done
exit 1
