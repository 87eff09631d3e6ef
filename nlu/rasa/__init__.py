"""Rasa as a neighbour: its training folder, its configuration, and the client that asks it. Rasa itself is not imported."""
