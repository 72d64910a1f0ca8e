"""Who and what the sample story is about: an invented shop, its first two rooms, those who work in them, its products.

Everyone else of the company is in company.py.
"""

from dataclasses import dataclass

HOST, CO_HOST, FLOOR, OPERATOR, ADS, SERVICE = "host", "co_host", "floor_manager", "operator", "ads", "service"


@dataclass(frozen=True)
class Room:
    """`creator_id`: the numeric id that order files write for the room. `offset`: hours its clock is ahead of UTC."""

    handle: str
    name: str
    creator_id: str
    split_rule: str = "1:1"
    platform: str = "douyin"
    zone: str = "Asia/Shanghai"
    offset: int = 8
    currency: str = "CNY"


SHOP = "示例·青禾家纺"
FLAGSHIP = Room("sample_qinghe_home", "示例·青禾家纺旗舰店", "70000000000000001", "7:3")
BEDDING = Room("sample_qinghe_bed", "示例·青禾家纺床品馆", "70000000000000002")
ROOMS = (FLAGSHIP, BEDDING)


@dataclass(frozen=True)
class Member:
    """`skill`: how well orders come while this host is on air, in per cent of the usual.

    `joined`: how many months before the sample's month, and on which day of that month, they came (0: in it).
    """

    name: str
    position: str
    department: str
    skill: int = 100
    joined: tuple[int, int] = (13, 1)


LIVE_ONE, LIVE_TWO, OPERATIONS = "直播一部", "直播二部", "直播运营部"
MARKETING, CUSTOMER_SERVICE = "市场营销部", "客户服务部"

FIRST_TEAM = (
    Member("林晓彤", HOST, LIVE_ONE, 114, (26, 1)),
    Member("陈嘉禾", HOST, LIVE_ONE, 103, (19, 5)),
    Member("赵一诺", HOST, LIVE_ONE, 92, (8, 12)),
    Member("许清越", HOST, LIVE_TWO, 109, (22, 1)),
    Member("唐予安", HOST, LIVE_TWO, 99, (15, 9)),
    Member("方知夏", HOST, LIVE_TWO, 91, (7, 1)),
    Member("沈佳言", CO_HOST, LIVE_ONE),
    Member("吴桐", FLOOR, LIVE_ONE),
    Member("顾北辰", FLOOR, LIVE_TWO),
    Member("周子衿", OPERATOR, OPERATIONS),
    Member("韩述", OPERATOR, OPERATIONS),
    Member("何川", ADS, MARKETING),
    Member("罗小满", SERVICE, CUSTOMER_SERVICE),
    Member("叶知秋", HOST, LIVE_ONE, 92),
)
FLAGSHIP_HOSTS = ("林晓彤", "陈嘉禾", "赵一诺")
BEDDING_HOSTS = ("许清越", "唐予安", "方知夏")
CO_HOSTING, FLOOR_ONE, FLOOR_TWO, OPERATOR_ONE, OPERATOR_TWO, ADS_BUYER, SERVICE_ONE, SUBSTITUTE = (
    member.name for member in FIRST_TEAM[6:]
)


@dataclass(frozen=True)
class Code:
    """What a code of the month-wide roster means; `room` None: a day off. Minutes after midnight, end may pass 1440."""

    code: str
    room: Room | None = None
    start: int = 0
    end: int = 0


DAY_OFF, LEAVE_CODE = "休", "假"
CODES = (
    Code("A1", FLAGSHIP, 18 * 60, 21 * 60),
    Code("A2", FLAGSHIP, 21 * 60, 24 * 60),
    Code("A3", FLAGSHIP, 21 * 60, 26 * 60),
    Code("B1", BEDDING, 10 * 60, 13 * 60),
    Code("B2", BEDDING, 13 * 60, 16 * 60),
    Code("B3", BEDDING, 19 * 60 + 30, 22 * 60 + 30),
    Code(DAY_OFF),
    Code(LEAVE_CODE),
)
CODE = {code.code: code for code in CODES}


@dataclass(frozen=True)
class Product:
    """`room`: the only room that sells it, if one does. Price in minor units."""

    id: str
    title: str
    code: str
    price: int
    weight: int
    room: Room | None = None


PRODUCTS = (
    Product("3700000000000000101", "示例 60支长绒棉四件套, 1.8m床", "QH-SJT-60", 32900, 10),
    Product("3700000000000000102", "示例 水洗棉夏凉被", "QH-XLB-01", 12900, 22),
    Product("3700000000000000103", "示例 天然乳胶枕", "QH-RJZ-02", 9900, 20),
    Product("3700000000000000104", "示例 全棉床笠,\n加高款", "QH-CL-03", 8900, 18, BEDDING),
    Product("3700000000000000105", "示例 珊瑚绒毛毯", "QH-MT-04", 7990, 16),
    Product("3700000000000000106", "示例 浴巾三件套", "QH-YJ-05", 5990, 18, FLAGSHIP),
    Product("3700000000000000107", "示例 羽丝绒冬被", "QH-DB-06", 25900, 8),
    Product("3700000000000000108", "示例 免安装蚊帐", "QH-WZ-07", 11900, 14, BEDDING),
)
LUCKY_BAG = Product("3700000000000000198", "示例 福袋专拍 勿直接下单", "QH-FD-00", 10, 0)
TEST_LINK = Product("3700000000000000199", "示例 测试链接 请勿拍", "QH-TEST", 100, 0)
PRESALE = PRODUCTS[6]
CREATORS = (("70000000000000911", "示例达人·小鹿的家"), ("70000000000000912", "示例达人·阿澈测评"))
