"""Kaibo 开播: from a platform's export to a person's explained number."""

__version__ = "0.1.0"
