"""docs/rights.md from the code: role × right, and role × address from the table that the tests hold the product to.

python -m tools.rights            write it
python -m tools.rights --check    exit 1 where it differs from the code
"""

import os
import sys
import tempfile
from pathlib import Path

DOC = Path(__file__).resolve().parent.parent / "docs" / "rights.md"
HEAD = """# Rights

Made from the code by `python -m tools.rights`; a test fails when it is out of date.

A person signs in and holds one or more **roles**, each over somebody, from a day to before a day, given by a named
person. A role is a set of rights, written
in `login/rights.py` and nowhere else. Each right over people reaches as far as the grant it comes from:

- **oneself**;
- **one's own department and those below it**: wherever one holds an appointment on the day that is asked about;
  a shift asks about its own day: who moves to another department keeps the shifts of before, whoever takes a
  department over has those since; leave and what is planned or published, likewise (ADR 35);
- **a department and those below it**, named in the grant, as they stand on that day;
- **the whole company**.

Where a right does not reach, there is nothing: a record that one may not see and one that there is not are the same
404.
A right over the whole house (marked *) needs a grant over the company. Who holds what, and why somebody sees what
they see, stands on the page
*Roles* (from *People*, and on each person's page); one's own under one's picture, *What I may*.

- **Lending** (代理): one lends a role that one holds oneself to somebody else, to before a day within half a year. It
  reaches as far as the lender's, ends with it,
  cannot be lent on, and never gives the right to give roles. The lender takes it back at any time.
- **Nobody decides on themselves or on their own superior** (ADR 38): whoever may decide on you by your department,
  one above it or the company. Nobody changes their own
  roles, or, unless they are an owner, their own or a superior's position, terms or
  stage. An outage is confirmed by somebody else than who recorded it; a month is closed by somebody else than who
  corrected their own or a superior's numbers in it; held rows are released by somebody else than who held them,
  each as long as there is somebody else. Nobody opens the sign-in of somebody who may more, or over
  more, than they do, or will once a role of theirs begins.
- **An owner stays**: the last owner without an end can neither be ended nor leave.
- **Money** is a right of its own. Who sees others' scores without it, as HR does, gets pages, exports and JSON of
  scores with *no right to amounts* in place of every amount; shares and points stay, and the path of a line down to
  the file rows stays shut. Pages of rooms, broadcasts, files and months are amounts from end to end, so no role has
  one of those rights without money (a test says so). One's own month and the broadcasts one worked in are one's own,
  with their amounts.

## Role × right
"""
URLS = """
## Role × address

What the tests ask of every address: `ok` it works, `—` 404 as if it were not there, `in` sent to sign in. *person*
asks for their own things, *lead* for
somebody of their line, *other lead* for somebody of another; the others hold one role and nothing asked for is
their own. Addresses for programs
need a token ([api.md](api.md)) and then the same rights.
"""


def text() -> str:
    """The whole page. Needs Django set up."""
    from django.utils.translation import override

    from kaibo.login.rights import RIGHTS, SCOPES, WHOLE, Right, Role

    with override("en"):
        roles = list(Role)
        lines = [HEAD, "| right | " + " | ".join(str(role.label) for role in roles) + " |"]
        lines.append("|---" * (len(roles) + 1) + "|")
        for right in Right:
            cells = ["✓" if right in RIGHTS[role] else "" for role in roles]
            lines.append(f"| {right.label}{' *' if right in WHOLE else ''} | " + " | ".join(cells) + " |")
        reach = [", ".join(str(scope.label) for scope in SCOPES[role]) for role in roles]
        lines.append("| reaches (the usual first) | " + " | ".join(reach) + " |")
    return "\n".join([*lines, URLS, *_addresses()]) + "\n"


def _addresses() -> list[str]:
    from tests import access_of_roles
    from tests.test_access import ROLES, rows

    titles = {"other": "other lead", **{name: role.value for name, role in access_of_roles.ROLES.items()}}
    lines = ["| | address | " + " | ".join(titles.get(name, name) for name in ROLES) + " |"]
    lines.append("|---" * (len(ROLES) + 2) + "|")
    for name, method, path, wanted in rows():
        if name.startswith("api:"):
            continue
        cells = " | ".join("—" if wanted[role] == "no" else wanted[role] for role in ROLES)
        lines.append(f"| {method} | `{path}` | {cells} |")
    return lines


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaibo.site.settings")
    os.environ.setdefault("KAIBO_HOME", tempfile.mkdtemp())
    import django

    django.setup()
    if "--check" in sys.argv:
        return int(DOC.read_text() != text())
    DOC.write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
