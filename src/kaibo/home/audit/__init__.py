"""The page that tells what was done: who, when, on what, from what to what, why."""
