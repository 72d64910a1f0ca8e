"""The monthly review: a cycle with its stages, one review a person and position, ratings, notes, acknowledgement."""
