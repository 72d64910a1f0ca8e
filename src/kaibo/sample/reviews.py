"""What people say and decide when the sample's months are reviewed: plain data, for the product's own verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaibo.sample.cast import FLOOR_ONE, FLOOR_TWO
from kaibo.sample.company import MEMBERS

HOST_ONE, HOST_TWO, HOST_THREE = (member.name for member in MEMBERS[:3])
# who does what, by sign-in
RUNS, CALIBRATES, PUBLISHES = "hr", "ceo", "owner"


@dataclass(frozen=True)
class Words:
    """What a form says beside its points: what went well, and what is next."""

    strengths: str
    next_steps: str


@dataclass(frozen=True)
class Note:
    """`day`: of the month; `by`: a sign-in; `told`: the person reads it."""

    person: str
    by: str
    kind: str
    day: int
    text: str
    told: bool = True


# in the newest month only these have been rated yet
RATED_BY_NOW = (HOST_TWO, FLOOR_ONE)

# of themselves; who cannot sign in says nothing
SELF: Mapping[str, Words] = {
    HOST_ONE: Words("晚场成交稳，复购客人多。", "想练一练新品开场的讲法，希望能跟一次选品会。"),
    FLOOR_ONE: Words("换班交接没有断过品。", "周末两班连着，人手有点紧。"),
    FLOOR_TWO: Words("大促两天没有错价。", "想请技术把备用推流先演练一遍。"),
    "罗小满": Words("三分钟回复率一直在标准以上。", "退款话术想再统一一次。"),
    "雷浩然": Words("采集卡的故障当场恢复。", "需要一套备用采集卡。"),
    "傅行知": Words("三个直播部的排期都提前一周定下。", "两个新人的反馈面谈拖到了月底，下月提前。"),
    "邵文君": Words("投诉三天内都有结果。", "客服夜班人手不够，想和直播部一起排。"),
}
# of whom the manager says something of their own; everyone else gets the usual words
MANAGER: Mapping[str, Words] = {
    HOST_ONE: Words("讲解清楚，节奏稳，老客户认可。", "下个月带一次新人，试两场新品首播。"),
    HOST_TWO: Words("到岗准时，配合场控到位。", "前十分钟的互动可以再主动一些。"),
    FLOOR_ONE: Words("临场换品果断，没有漏上。", "把交接清单写下来，给新场控用。"),
    "宋知微": Words("大促方案提前三天给到现场，流程没有改动。", "每月至少试两种新的开场。"),
    "纪明澈": Words("日报准时，指出了夜场退款偏高的原因。", "报表发布后的更正要留记录。"),
    "傅行知": Words("排期稳，缺人的场次都提前补上。", "反馈面谈不要压到月底。"),
}
USUAL = Words("按计划完成了当月的工作。", "每周看一次自己的明细，有疑问当周提出。")
# who gets the most points, and what that rests on; everyone else the second anchor
BEST: Mapping[str, str] = {FLOOR_ONE: "当月两次主推断货，都在三分钟内换品，没有掉线也没有错价；值班记录为证。"}

OPERATIONS = "傅行知"


@dataclass(frozen=True)
class Asked:
    """Somebody who is invited to rate. `what`: what it is about; `anchor`: of each item, the first is the best;

    `late`: has not handed in yet in the newest month.
    """

    whose: str
    rater: str
    what: str
    words: Words
    anchor: int = 1
    late: bool = False


# whom the reviewed proposed; the manager took it
PROPOSED = (OPERATIONS, "邵文君", "大促两周和客服一起排的班，她最清楚")
INVITED = (
    Asked(OPERATIONS, "邵文君", "和客服部的排班配合", Words("大促排班提前一周给到客服。", "夜班换人请早点说。")),
    Asked(OPERATIONS, "陶然", "面谈和考勤记录", Words("面谈记录齐全。", "新人面谈请放在月中。"), 2, late=True),
    Asked(HOST_ONE, HOST_TWO, "同台的配合", Words("接话自然，断货时先稳住场。", "下播前多留五分钟收尾。")),
)  # fmt: skip
# of who rates them, without a name: one of them best of all, with what that rests on
BELOW = (
    Asked(OPERATIONS, FLOOR_ONE, "", Words("排期有变会先打电话。", "希望周会短一点。")),
    Asked(OPERATIONS, FLOOR_TWO, "新场控两周能独立值班，带班记录为证", Words("带新人有耐心。", ""), anchor=0),
    Asked(OPERATIONS, "纪明澈", "", Words("看得懂日报，问得细。", "临时要数请说明用途。"), anchor=2, late=True),
)
# how often what is outside the hundred happened to floor managers; whom nobody names: never
TIMES: Mapping[str, Mapping[str, int]] = {
    FLOOR_ONE: {"praised": 2}, FLOOR_TWO: {"praised": 1, "wrong_price": 1}, "陆沉舟": {"wrong_price": 1, "serious": 1},
}  # fmt: skip
BY_PEOPLE = ("praised", "wrong_price", "serious")
COUNTED, NO_ROWS = "场控值班表和表扬登记，月底一起核过", "当月还没有打卡文件，按值班表登记"

NOBODY_ABOVE = "兼任的岗位上面没有人能评，结果看公司的年度目标"
NO_SIGN_IN = "原考核人还没有登录账号"
DOES_NOT_APPLY = "{why}，这一项不适用"
NOTHING_COUNTS = "当月没有能计分的数据，不参加这次考核"
NO_DATA = "当月没有这一项的数据"

# calibration of the month that is published: whose, which item, by how many points, why
CALIBRATED = (HOST_THREE, "view_order_rate", "0.6", "月中换到新客专场一周，和其他主播不在同一条件下")
PREVIEWED = ((HOST_THREE, "90", "新客专场影响一周"), (HOST_TWO, "95", ""))
# the group that is settled
LOCKED = "host"
# seen by themselves, as far as they can sign in; handed over by the manager
SEEN = (HOST_ONE, FLOOR_TWO, "罗小满")
DELIVERED = (
    (HOST_TWO, "下播后在化妆间面谈，本人看过并拿走一份"),
    (HOST_THREE, "周一例会后当面说明，主管和本人在场"),
    ("万晴", "客服部办公室面谈，邵文君在场"),
)  # fmt: skip
# what is disputed: the first item of these that gave less than it could
DISPUTED = (
    ("airtime_attainment", "有一晚园区停电，提前下播不是我的原因，这段不该算我少播。"),
    ("view_order_rate", "有一晚平台临时推流，进来的都不是我们的客人，这一场请单独看。"),
    ("refund_rate", "有一批货发错了颜色，退款不是讲解的问题。"),
)  # fmt: skip
DISPUTED_BY, UNDECIDED_BY = "host", "lead"
GRANTED = "查了场地的停电记录，情况属实，这一段不算少播。"
UNDECIDED = "两位副播中途换人，转化按整场算到我这里，请按我当班的时段看。"

NOTES: Sequence[Note] = (
    Note(HOST_ONE, "lead", "evidence", 9, "老客户连续三场点名要她讲的四件套，客服转来两条好评。"),
    Note(HOST_ONE, "lead", "note", 21, "开场前没有看品，前五分钟讲错一次规格，当场改正。", told=False),
    Note(FLOOR_TWO, "manager", "evidence", 16, "主推款断货，两分钟内换上备选，没有空档。"),
    Note(HOST_ONE, "host", "note", 24, "这一周嗓子不舒服，后半场请副播多讲了一些。"),
)
TALK = "一起看了明细，约定下个月跟一次选品会。"
