import pytest

from kaibo.org.actions import apply_organisation
from kaibo.org.handbook import handbook


@pytest.fixture
def described(cast):  # type: ignore[no-untyped-def]
    """The handbook's organisation about the people of `cast`."""
    apply_organisation(by=cast.owner, organisation=handbook())
    return cast
