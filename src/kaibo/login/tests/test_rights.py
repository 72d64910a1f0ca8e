"""Roles as sets of rights: what must hold of every one of them, and of every template that asks."""

import re
from pathlib import Path

import pytest

import kaibo
from kaibo.login.rights import READING, RIGHTS, SCOPES, WHOLE, Right, Role, Scope, rights_of

# pages of these are full of amounts, and have no other look for who may not see them
FULL_OF_MONEY = {Right.SEE_ROOMS, Right.SEE_FILES, Right.SEE_MONTHS}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_rights_and_scopes(role):
    assert RIGHTS[role]
    assert SCOPES[role]
    if RIGHTS[role] & FULL_OF_MONEY:
        assert Right.SEE_MONEY in RIGHTS[role]


def test_the_auditor_reads_all_and_changes_none_and_the_owner_may_all():
    assert RIGHTS[Role.AUDITOR] == READING
    assert RIGHTS[Role.OWNER] == set(Right)


def test_a_part_of_the_company_gives_no_right_over_the_whole_and_a_lent_role_gives_no_role_on():
    assert not rights_of(Role.AUDITOR, Scope.DEPARTMENT) & WHOLE
    assert Right.MANAGE_RIGHTS not in rights_of(Role.OWNER, Scope.COMPANY, lent=True)


def test_templates_ask_for_rights_that_there_are():
    asked = set()
    for template in Path(kaibo.__file__).parent.rglob("*.html"):
        asked |= set(re.findall(r"user\.may\.(\w+)", template.read_text()))
    assert asked
    assert asked <= set(Right.values)
