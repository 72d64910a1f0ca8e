"""What people record of rooms, broadcasts and orders, for programs and the shell: lists, and the verbs of the pages.

`KINDS` (kinds.py) is the one table that the API, the command line and docs/api.md are made from. A verb reads what was
said with the page's form, finds with the page's rights, and calls the action; nothing is decided here.
"""
