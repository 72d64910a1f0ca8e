"""How every app asks the database; knows no app."""
