"""How numbers, dates and states are written (look.md, section 9)."""

from django import template

register = template.Library()
