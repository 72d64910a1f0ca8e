"""When the stages of review cycles end, for programs: the template that cycles are opened with."""

from django.db import transaction

from kaibo.appraisal import actions
from kaibo.appraisal.cycle import stages
from kaibo.appraisal.cycle.forms import TemplateForm
from kaibo.appraisal.cycle.models import CycleState, CycleTemplate
from kaibo.home.records.saying import Kind, Plain, Told, Verb, Wrong, checked, mapping, typed
from kaibo.login.models import User
from kaibo.login.rights import Right
from kaibo.login.token_scopes import Area
from kaibo.org.access import require


def _template(one: CycleTemplate) -> Plain:
    days = {str(state): count for state, count in stages.days_before(one).items()}
    return {"pay_day": one.pay_day, "hour": one.hour, "days": days}


def _templates(user: User) -> list[CycleTemplate]:
    require(user, Right.RUN_CYCLES)
    return [stages.template()]


def _save_template(user: User, _pk: int, told: Told) -> Plain:
    require(user, Right.RUN_CYCLES)
    with transaction.atomic():
        # what is not said stays as whoever was faster left it
        stages.locked_template()
        return _template(_said_of_template(user, told))


def _said_of_template(user: User, told: Told) -> CycleTemplate:
    there = stages.template()
    now = _template(there)
    days = {**now["days"], **mapping(told, "days")}
    strange = sorted(days.keys() - set(CycleState.values))
    if strange:
        raise Wrong({"days": [", ".join(strange)]})
    said = {name: told.get(name, now[name]) for name in ("pay_day", "hour")}
    form = TemplateForm(typed({**said, **days}), template=there)
    checked(form)
    got = form.cleaned_data
    return actions.save_cycle_template(by=user, pay_day=got["pay_day"], hour=got["hour"], days=form.days())


TEMPLATE = {"pay_day": "int", "hour": "int", "days": {"...": "int"}}
CYCLE_TEMPLATE = Kind(
    "cycle-template", "when the stages of cycles end: days before pay day, at a full hour", _templates, _template,
    (Verb("save", "for cycles opened from now on; what is left out stays", ("pay_day?", "hour?", "days?"),
          _save_template, of_one=False),),
    shape=TEMPLATE, area=Area.REVIEWS,
)  # fmt: skip
