"""Names of the made-up large firm: customers, people, addresses and products, in the words of the demo's workbooks.

What a customer is called follows from its running number alone, so that nobody has to remember a million names.
"""

from __future__ import annotations

import random
from typing import NamedTuple

CITIES = [
    "北京",
    "上海",
    "广州",
    "深圳",
    "成都",
    "重庆",
    "杭州",
    "苏州",
    "南京",
    "武汉",
    "西安",
    "天津",
    "青岛",
    "大连",
    "宁波",
    "厦门",
    "长沙",
    "郑州",
    "沈阳",
    "济南",
    "合肥",
    "无锡",
    "佛山",
    "东莞",
    "福州",
    "昆明",
    "南昌",
    "太原",
    "长春",
    "哈尔滨",
    "石家庄",
    "南宁",
    "贵阳",
    "兰州",
    "温州",
    "常州",
    "徐州",
    "烟台",
    "潍坊",
    "洛阳",
    "襄阳",
    "泉州",
    "珠海",
    "惠州",
    "中山",
    "嘉兴",
    "绍兴",
]
SYLLABLES = "恒通丰泰金利新盛联宏达远顺嘉信安润创龙华瑞源德诚科海兴隆盈和祥永昌久瀚博凯锐鼎宇"
TRADES = [
    "五金工具",
    "机电设备",
    "模具制造",
    "钢结构",
    "电力工程",
    "汽车维修",
    "建筑安装",
    "精密机械",
    "商贸",
    "船舶配件",
    "自动化设备",
    "工程机械",
    "暖通设备",
    "石油设备",
    "轨道交通",
    "风电设备",
    "仪器仪表",
    "包装机械",
    "农机配件",
    "铁路器材",
]
FORMS = ("有限公司", "有限责任公司", "股份有限公司", "经营部", "厂")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚英华建志文斌玉红梅鹏"
DUTIES = ("采购", "经理", "主管", "老板", "设备科长", "仓库主任")
STRIDE = 7_919_317  # a prime: neighbours get names that have nothing in common
PERIOD = 20  # of every twenty customers one is a person, and nine have a contact on file
WITH_CONTACT = (0, 2, 5, 7, 10, 12, 15, 17, 19)
PERSON = 19

BRANDS = ("世达", "田岛", "钢盾", "牧田", "博世", "得伟", "史丹利", "威力狮", "宝工", "老A", "长城精工", "自制虎头")
GRADES = ("经济级", "工业级", "专业级")
# class → subclass (hand tools only) → things and the units they are counted in
GOODS: dict[str, dict[str, tuple[str, str]]] = {
    "手工工具": {
        "扳手类": ("双头呆扳手 梅花扳手 活动扳手 内六角扳手 套筒扳手 扭力扳手", "把 套"),
        "螺丝批": ("一字螺丝批 十字螺丝批 两用螺丝批 棘轮螺丝批 绝缘螺丝批", "把 套"),
        "钳类": ("水泵钳 剥线钳 卡簧钳 断线钳 尖嘴钳", "把"),
        "锤类": ("羊角锤 八角锤 橡皮锤", "把"),
        "测量": ("钢卷尺 角尺 水平尺 塞尺 游标卡尺", "把 套"),
        "切割": ("钢锯架 铁皮剪 管子割刀", "把"),
    },
    "电动工具": {"": ("冲击钻 角磨机 充电起子 电锤 曲线锯", "台 套")},
    "气动工具": {"": ("风批 气动扳手 气钉枪 喷枪", "台 个")},
    "焊接器材": {"": ("电焊面罩 焊把线 焊条 割炬", "个 米 千克")},
    "磨具": {"": ("砂纸 百叶片 切割片 抛光轮", "盒 箱 包")},
    "劳保用品": {"": ("防尘口罩 护目镜 安全帽 安全鞋 反光背心", "个 箱 件")},
}
SIZES = ("6寸", "8寸", "10寸", "M8", "M10", "5m", "7.5m", "200mm", "300mm", "18V", "XL")


class Known(NamedTuple):
    """What is on file about a customer besides its figures."""

    name: str
    short_name: str | None
    is_person: bool
    city: str
    address: str
    phone: str
    mobile: str
    contact: str | None


class Names:
    """Customers by running number, from 0; no two companies share a name."""

    def __init__(self, seed: int) -> None:
        self.count = len(CITIES) * len(SYLLABLES) ** 2 * len(TRADES) * len(FORMS)
        self.offset = random.Random(seed).randrange(self.count)  # noqa: S311 - a firm, not a secret

    def customer(self, k: int) -> Known:
        rest = (k * STRIDE + self.offset) % self.count
        rest, form = divmod(rest, len(FORMS))
        rest, trade = divmod(rest, len(TRADES))
        rest, first = divmod(rest, len(SYLLABLES))
        at, second = divmod(rest, len(SYLLABLES))
        city = CITIES[at]
        word = SYLLABLES[first] + SYLLABLES[second]
        turned = (k * 48_271 + self.offset) % 99_999_989
        address = f"{SYLLABLES[second]}{SYLLABLES[first]}路{turned % 997 + 1}号"
        phone = f"0{451 + turned % 500}-{60_000_000 + turned % 39_999_989}"
        mobile = f"1{(3, 5, 7, 8, 9)[k % 5]}{turned:09d}"[:11]
        residue = k % PERIOD
        person = person_named(turned)
        if residue == PERSON:
            return Known(person, None, True, city, address, phone, mobile, person)
        name = f"{city}{word}{TRADES[trade]}{FORMS[form]}"
        contact = person if residue in WITH_CONTACT else None
        short_name = None if residue % 4 else f"{city}{word}"
        return Known(name, short_name, False, city, address, phone, mobile, contact)


def person_named(number: int) -> str:
    rest, surname = divmod(number, len(SURNAMES))
    rest, first = divmod(rest, len(GIVEN))
    return SURNAMES[surname] + GIVEN[first] + GIVEN[rest % len(GIVEN)]


_RANKS = tuple(WITH_CONTACT.index(residue) if residue in WITH_CONTACT else -1 for residue in range(PERIOD))


def contact_number(k: int) -> int | None:
    """Which contact in the order of all belongs to a customer, from 0."""
    rank = _RANKS[k % PERIOD]
    return None if rank < 0 else k // PERIOD * len(WITH_CONTACT) + rank
