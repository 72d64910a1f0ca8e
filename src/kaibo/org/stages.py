"""Which stage of a host follows which: candidate, trial, training, regular, paused, out."""

from collections.abc import Mapping, Sequence

from kaibo.org.models import Person, Stage, StageChange

FOLLOWING: Mapping[Stage, Sequence[Stage]] = {
    Stage.CANDIDATE: (Stage.TRIAL, Stage.OUT),
    Stage.TRIAL: (Stage.TRAINING, Stage.REGULAR, Stage.OUT),
    Stage.TRAINING: (Stage.REGULAR, Stage.PAUSED, Stage.OUT),
    Stage.REGULAR: (Stage.PAUSED, Stage.OUT),
    Stage.PAUSED: (Stage.TRAINING, Stage.REGULAR, Stage.OUT),
    Stage.OUT: (Stage.CANDIDATE, Stage.TRIAL),
}
# a team that begins to write this down has hosts at every stage already
FIRST = (Stage.CANDIDATE, Stage.TRIAL, Stage.TRAINING, Stage.REGULAR, Stage.PAUSED)
OWES_A_REASON = (Stage.PAUSED, Stage.OUT)


def newest_change(person: Person) -> StageChange | None:
    return person.stages.order_by("day", "pk").last()


def next_stages(now: str | None) -> Sequence[Stage]:
    """What is possible from a stage, None: from nothing said yet."""
    return FIRST if now is None else FOLLOWING[Stage(now)]
