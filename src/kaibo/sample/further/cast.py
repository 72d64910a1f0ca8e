"""The four rooms beside the first two: two of 抖音 with a shop of their own, one of 淘宝, one of TikTok Shop."""

from kaibo.sample.cast import Product, Room

KITCHEN = Room("sample_qinghe_kitchen", "示例·青禾厨房", "70000000000000003")
GIFTS = Room("sample_qinghe_gift", "示例·青禾礼物", "70000000000000004")
# 生意参谋 names a room by its shop
TAOBAO = Room("示例青禾家居淘宝店", "示例青禾家居淘宝店", "", platform="taobao")
TIKTOK = Room(
    "sample_qinghe_id", "sample_qinghe_id", "", platform="tiktok", zone="Asia/Jakarta", offset=7, currency="IDR"
)
ROOMS = (KITCHEN, GIFTS, TAOBAO, TIKTOK)
SIMULCAST = (GIFTS, TAOBAO)

LIFE_PRODUCTS = (
    Product("3700000000000000201", "示例 不粘炒锅 32cm", "QH-CG-20", 16900, 12, KITCHEN),
    Product("3700000000000000202", "示例 玻璃保鲜盒 六件", "QH-BX-21", 6990, 22, KITCHEN),
    Product("3700000000000000203", "示例 竹砧板, 双面", "QH-ZB-22", 4590, 20, KITCHEN),
    Product("3700000000000000204", "示例 陶瓷餐具 16头", "QH-CJ-23", 12900, 10, KITCHEN),
    Product("3700000000000000205", "示例 香薰礼盒", "QH-XX-24", 9900, 16, GIFTS),
    Product("3700000000000000206", "示例 马克杯 对杯", "QH-MB-25", 5900, 20, GIFTS),
)
# sen (two decimals by ISO 4217, though no price shows them)
TIKTOK_PRODUCTS = (
    Product("1729522211955440001", "Contoh Sprei katun 180x200", "QH-ID-01", 18_900_000, 14),
    Product("1729522211955440002", "Contoh Selimut musim panas", "QH-ID-02", 12_500_000, 18),
    Product("1729522211955440003", "Contoh Bantal lateks", "QH-ID-03", 9_900_000, 12),
)

JIANG, QIN, BAI, WEN = "江映雪", "秦以沫", "白若溪", "温知许"
LIANG, HUANG, SU = "梁美仪", "黄梓轩", "苏念"
FLOOR_THREE, FLOOR_FOUR, CENTRAL, CO_HOST_LENT = "陆沉舟", "简宁", "程立", "孟祈安"
OPERATOR_THREE, ADS_TWO, ADS_THREE = "项南", "裴乐", "殷子墨"
