"""Makes the font of the PDFs: a subset of Noto Sans CJK SC (Debian's fonts-noto-cjk), under a name of its own.

    .venv/bin/python -m tools.font [NotoSansCJK-Regular.ttc]

It holds GB 2312 (both levels), the frequent half of Big5, Latin, punctuation, signs, characters of names beyond those,
and whatever the translations of Kaibo use. It is a Modified Version by the Open Font License: under a name of its own.
The same original gives the same bytes.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

ROOT = Path(__file__).parent.parent
ORIGINAL = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
MADE = ROOT / "src/kaibo/look/printing/kaibo-sans-sc.otf"
FAMILY = "Kaibo Sans SC"
# characters that given names and surnames use and GB 2312 lacks
NAMES = (
    "堃喆昇珺玥翀祎赟彧妤瑨旸旻昉昕晞晟晳暐曈朕栩桢楒槿橙樾歆毓沄沅泠洺浠浛涵淏淼湉湦溁溦滢滪漪潆潼澍澔澴濡灏炅炘烔烜焜焱焓煊煜熠熹燊燚爔"
    "玎玓玕玗玘玙玚玠玢玦玹玺珂珉珏珑珝珣珩珮珲珺琇琎琏琚琛琦琨琬琮琯琰琲琳琼瑀瑁瑄瑆瑗瑛瑜瑝瑢瑧瑭瑱瑷璁璆璇璈璎璐璘璟璠璥璨璩璪璿瓒甯皞皛皜晧晔"
    "睿砚礽祐祗祺禛禔禤秭竑竣筠筱箐綦縯纮纾绂绮绾缊缦缨罡翙翚翯翾聿胤芃芊芍芎芮芷苒苡茀茉茜茹荃荇荔莀莙莜莞莳莹菀菁菡萁萱葳蒨蓁蓥蔺蔻蕙蕤薇薏藜"
    "蘅虓虔衎袆裎褀觅詠詡謇诩诠谖谧谞贇赜轩轶迦逄逸邈邕邛郄郗鄢酆醴釨鈺鉴钊钐钰铄铎铖铠铧铭铮锴锵镕镝闫阆阇阗陞隽雒雱霁霏霓靓韫韬颀颋颍颢飏飗"
    "馥骁骐骕骞骢髙鲲鳌鸢鸾鹂鹇麒黎黟龑龢屹峤峣崟嵘嵩嶙巽帏庹廙弈弋彣彬徕忞恺悫惇愔懿戬扆揆揚敉斐於旃昀昱昺晁晏暄曦曌曜朗枟柃栎栐栢桐梓梣"
    "棻椤榕樊檀歙毅氘沁沚沣沨汭泓泽洧浔涑涞淇淯渼湛湙溥滟瀚灵妍妏妘妠妲妺姁姈姝姞姮娅娆娉娍娜娴婕婧婳媄媛媞嫄嫕嫣嬅嬿孋孖孜宓宸寀尧屾岍岚岱"
    "俍俣俶俨倓倞倢偲傃傒僖僮儇冏冼凇刓劢劭勖勰匀卉卓厓叡吉吒呈咏哲唅唏啟啸喆嘏嘒囡圩垚埕埗埸堉堾塬墉壎壬奕奡妡亓亘亹仝仡伋伃佺佶侃侑侗侔侹"
    "頔顼飖骎骉髃魟魢魭鲃鲌鳈鳚鴐鹍麴黇鼐鼒龠龡㛃㛚㬎㬚㭎㴔㳇㳘㶲䂮䃅䶮𬀪𬍛𬭚𬭎𫖯𬸚𬘭𬘡𬜬𪣻𫍯𫍲𬱖𬱟𬴃𬳵𬳶𫘧𫘦𫘪𬀩𬃊𬊈𬊤𬒔𬘓𬘘𬘩𬘫𬘬𬘯𬙋𬣙𬣞𬤇𬤊𬤝𬬻𬬿𬭁𬭊𬭩𬭬𬭯𬭳𬭶"
)
SIGNS = "‐‑–—‘’“”„†‡•…‰′″‹›※€₩₫←↑→↓↔⇒∑−∞≈≠≤≥≥①②③④⑤⑥⑦⑧⑨⑩■□▲△▼▽◆◇○●★☆✓✔✕✗✘×÷·°±²³½¼¾⅓⅔\u00a0\u3000"


def coded(code: str, rows: range, cells: range) -> Iterator[str]:
    """Every character of a part of a two-byte code."""
    for row in rows:
        for cell in cells:
            try:
                yield bytes((row, cell)).decode(code)
            except UnicodeDecodeError:
                continue


def wanted() -> set[str]:
    said = "".join(path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("src/kaibo/*/locale/*/*/django.po")))
    simplified = coded("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    traditional = coded("big5", range(0xA4, 0xC7), range(0x40, 0xFF))
    latin = map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])
    return {
        one for one in (*simplified, *traditional, *latin, *NAMES, *SIGNS, *said) if one.isprintable() or one in SIGNS
    }


def named(font: TTFont) -> None:
    """Its own family name; the copyright and the license stay the original's."""
    ours = {1: FAMILY, 2: "Regular", 3: "KaiboSansSC-Regular", 4: f"{FAMILY} Regular", 6: "KaiboSansSC-Regular"}
    names = font["name"]
    names.names = [one for one in names.names if one.nameID in (0, 5, 7, 13, 14) and one.langID == 0x409]
    for number, text in ours.items():
        names.setName(text, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames[0] = ours[6]
    top.topDictIndex[0].FullName, top.topDictIndex[0].FamilyName = ours[4], ours[1]


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ORIGINAL
    os.environ["SOURCE_DATE_EPOCH"] = "1643241600"  # the day of the original's release
    fonts = TTCollection(path, lazy=True).fonts
    font = next(one for one in fonts if one["name"].getDebugName(1) == "Noto Sans CJK SC")
    there = font.getBestCmap()
    lacks = "".join(sorted(one for one in wanted() if ord(one) not in there))
    options = subset.Options(
        hinting=False, layout_features=["kern"], name_IDs=["*"], drop_tables=["VORG", "vhea", "vmtx", "BASE"]
    )
    options.name_languages = ["*"]
    maker = subset.Subsetter(options)
    maker.populate(unicodes=[ord(one) for one in wanted()])
    maker.subset(font)
    named(font)
    font.save(MADE)
    print(f"{MADE.relative_to(ROOT)}: {len(font.getBestCmap())} characters, {MADE.stat().st_size:,} bytes")
    print(f"not in the original: {lacks}")


if __name__ == "__main__":
    main()
