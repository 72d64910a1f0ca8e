"""Every kind of record, in the order in which docs/api.md names them."""

from kaibo.home.records.appeals import APPEAL_STATISTICS, APPEALS
from kaibo.home.records.calibration import CALIBRATION, CALIBRATION_REVIEWS
from kaibo.home.records.cards import CARD_DRAFTS, CARDS, FORMULA_NAMES, OWN_KPIS
from kaibo.home.records.cycle_template import CYCLE_TEMPLATE
from kaibo.home.records.cycles import CYCLE_CHANGES, CYCLES
from kaibo.home.records.files import REACH, REJECTS, SOURCES_READ
from kaibo.home.records.invitations import ASKED_OF_ME, INVITATIONS
from kaibo.home.records.left_out import LEFT_OUT, LEFT_OUT_ROWS
from kaibo.home.records.mappings import MAPPINGS
from kaibo.home.records.notes import REVIEW_NOTES
from kaibo.home.records.numbers import DECISIONS, RATES, TAG_LISTS, TAG_RULES
from kaibo.home.records.organisation import POSITIONS, PROCESSES
from kaibo.home.records.people import DEPARTMENTS, PEOPLE
from kaibo.home.records.readings import READINGS
from kaibo.home.records.review_verbs import REVIEWS
from kaibo.home.records.roles import ROLES
from kaibo.home.records.rooms import PROTECTIONS, SESSIONS, SIMULCASTS
from kaibo.home.records.saying import Kind
from kaibo.home.records.setting_rooms import ROOMS
from kaibo.home.records.standing import AD_ACCOUNTS, OUTAGES, RESPONSIBILITIES, ROOM_DEPARTMENTS
from kaibo.home.records.targets import TARGETS
from kaibo.home.records.team import TEAM
from kaibo.home.records.working import JOBS

KINDS: tuple[Kind, ...] = (
    OUTAGES, RESPONSIBILITIES, ROOM_DEPARTMENTS, AD_ACCOUNTS, RATES, READINGS, DECISIONS, SESSIONS, SIMULCASTS,
    TAG_RULES, TAG_LISTS, ROOMS, TARGETS, PEOPLE, PROTECTIONS, DEPARTMENTS, POSITIONS, PROCESSES, ROLES, TEAM, JOBS,
    SOURCES_READ, REACH,
    REJECTS, LEFT_OUT, LEFT_OUT_ROWS, MAPPINGS,
    CARDS, CARD_DRAFTS, OWN_KPIS, FORMULA_NAMES, CYCLES, CYCLE_CHANGES, CYCLE_TEMPLATE, REVIEWS,
    INVITATIONS, ASKED_OF_ME, REVIEW_NOTES, CALIBRATION, CALIBRATION_REVIEWS, APPEALS, APPEAL_STATISTICS,
)  # fmt: skip
BY_KEY = {kind.key: kind for kind in KINDS}
