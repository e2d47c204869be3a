"""The words of mini_en_vi: English = Vietnamese, as flat specs or, with brackets, in the notation."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """Raw English, and its Vietnamese translations."""

    en: str
    vi: str


class Noun(NamedTuple):
    """An English noun, its Vietnamese classifier in the notation ("" where it needs none), and the Vietnamese noun."""

    en: str
    classifier: str
    vi: str


class Speaker(NamedTuple):
    """A subject; `third` tells whether the English verb takes its -s."""

    en: str
    vi: str
    third: bool


class Action(NamedTuple):
    """A verb with the objects and the adjectives that make sense with it."""

    verb: Word
    objects: tuple[Noun, ...]
    qualities: tuple[Word, ...]


def _words(table: str) -> tuple[Word, ...]:
    pairs = [line.split(" = ") for line in table.strip().splitlines()]
    return tuple(Word(en.strip(), vi.strip()) for en, vi in pairs)


def _nouns(table: str) -> tuple[Noun, ...]:
    """Read lines "book = [quyển:6|cuốn:4] + sách"."""
    found = []
    for en, vi in _words(table):
        classifier, _, noun = vi.rpartition("+ ")
        found.append(Noun(en, classifier.strip(), noun))
    return tuple(found)


def _speakers(table: str, third: bool) -> tuple[Speaker, ...]:
    return tuple(Speaker(word.en, word.vi, third) for word in _words(table))


PRONOUNS = (
    *_speakers("I = tôi\nwe = chúng tôi", False),
    *_speakers("he = anh ấy\nshe = cô ấy", True),
)
KIN = _speakers(
    """
    my younger sister = em gái [tôi:6|của tôi:4]
    my older brother = anh trai [tôi:6|của tôi:4]
    my mother = mẹ [tôi:7|của tôi:3]
    my father = [bố:6|cha:4] tôi
    my grandmother = bà tôi
    """,
    True,
)
SPEAKERS = (
    *PRONOUNS,
    *_speakers("they = họ", False),
    *KIN,
    *_speakers("Lan = Lan\nthe teacher = giáo viên\nthe doctor = bác sĩ\nour neighbor = hàng xóm của chúng tôi", True),
    *_speakers("the children = [bọn trẻ:6|lũ trẻ:4]\nthe students = các sinh viên", False),
    *_speakers("my friends = [các bạn:6|bạn bè:4] của tôi\nthe scientists = các nhà khoa học", False),
    *_speakers("many people = nhiều người", False),
)

NUMBERS = _words("two = hai\nthree = ba\nfour = bốn")
QUANTITIES = _words("""
    many = có [nhiều:7|rất nhiều:3]
    a lot of = có [rất nhiều:6|nhiều:3|vô số:1]
    some = có [một số:6|vài:4]
    a few = có [một vài:6|vài:4]
    only a few = chỉ có [một vài:6|vài:4]
""")

_TEXTS = _nouns("""
    book = [quyển:6|cuốn:4] + sách
    letter = [lá:6|bức:4] + thư
    article = bài báo
    poem = bài thơ
    story = câu chuyện
    report = [bản:7|bài:3] + báo cáo
""")
_GOODS = _nouns("""
    car = [chiếc:7|cái:3] + xe hơi:6|ô tô:4
    bicycle = [chiếc:6|cái:4] + xe đạp
    computer = [chiếc:6|cái:4] + máy tính
    lamp = [cái:6|chiếc:4] + đèn
    table = [cái:7|chiếc:3] + bàn
    watch = [chiếc:7|cái:3] + đồng hồ
    camera = [chiếc:6|cái:4] + máy ảnh
""")
_FOOD = _nouns("""
    apple = [quả:6|trái:4] + táo
    orange = [quả:6|trái:4] + cam
    mango = [quả:6|trái:4] + xoài
    fish = con + cá
""")
_ANIMALS = _nouns("""
    dog = [con:8|chú:2] + chó
    cat = [con:7|chú:3] + mèo
    bird = [con:6|chú:4] + chim
    horse = [con:8|chú:2] + ngựa
    cow = con + bò
""")
_BUILDINGS = _nouns("""
    house = [ngôi:6|căn:4] + nhà
    school = [ngôi:7|:3] + trường
    bridge = [cây:6|chiếc:4] + cầu
    museum = bảo tàng
""")
PEOPLE = _nouns("""
    man = người + đàn ông
    woman = người + phụ nữ
    teacher = giáo viên
    doctor = [vị:3|:7] + bác sĩ
    child = đứa + trẻ:6|bé:4
    friend = người + bạn
    neighbor = người + hàng xóm
    scientist = nhà + khoa học
    student = sinh viên
""")
_PICTURES = _nouns("picture = bức + tranh\nmovie = bộ + phim\nsong = bài hát")
_THOUGHTS = _nouns("""
    problem = vấn đề
    question = câu hỏi
    idea = ý tưởng
    plan = kế hoạch
    solution = giải pháp:7|cách giải quyết:3
    theory = lý thuyết:6|học thuyết:4
""")
TOPICS = (
    _TEXTS[4],
    *_THOUGHTS[1:3],
    _THOUGHTS[5],
    _TEXTS[0],
    _TEXTS[2],
    _PICTURES[1],
    *_nouns("study = nghiên cứu\nopinion = ý kiến"),
)
SIGHTS = (
    *_BUILDINGS,
    *_ANIMALS[:3],
    PEOPLE[4],
    PEOPLE[7],
    PEOPLE[8],
    _THOUGHTS[0],
    *_nouns("restaurant = nhà hàng\nshop = cửa hàng:7|cửa tiệm:3"),
)

_SIZES = _words("new = mới\nold = cũ\nsmall = nhỏ:6|bé:4\nbig = lớn:6|to:4")
_GOOD = _words("interesting = thú vị:6|hay:4\nlong = dài\nshort = ngắn\nstrange = kỳ lạ:6|lạ:4")
_HARD = _words("important = quan trọng\ndifficult = khó:7|khó khăn:3\nsimple = đơn giản\nnew = mới")
_TASTY = _words("fresh = tươi\nsmall = nhỏ:6|bé:4\nbig = lớn:6|to:4\ndelicious = ngon")
_ANIMAL = _words("white = trắng\nblack = đen\nsmall = nhỏ:6|bé:4\nbig = lớn:6|to:4")
_PRETTY = _words("beautiful = đẹp\nnew = mới\nold = cũ\nfamous = nổi tiếng")
_NICE = _words("friendly = thân thiện\nkind = tốt bụng:6|tử tế:4\nsmart = thông minh")
TRAITS = {
    "texts": _GOOD,
    "things": (*_SIZES, *_words("expensive = đắt:6|đắt tiền:4")),
    "food": _TASTY,
    "animals": _ANIMAL,
    "people": (*_NICE, *_words("happy = vui:6|hạnh phúc:4\ntall = cao")),
    "thoughts": _HARD[:3],
    "sights": _words("strange = kỳ lạ:6|lạ:4\nfamous = nổi tiếng\nbeautiful = đẹp\nbig = lớn:6|to:4"),
}
GIFTS = {
    "texts": _TEXTS, "things": _GOODS, "food": _FOOD, "animals": _ANIMALS, "people": PEOPLE[2:], "thoughts": _THOUGHTS,
    "gifts": (*_GOODS, *_TEXTS[:2], *_ANIMALS[:3]),
}  # fmt: skip

ACTIONS = tuple(
    Action(Word(en, vi), objects, qualities)
    for en, vi, objects, qualities in (
        ("read", "đọc", _TEXTS, _GOOD),
        ("write", "viết", _TEXTS, _GOOD),
        ("eat", "ăn", _FOOD, _TASTY),
        ("call", "gọi điện cho:6|gọi cho:4", PEOPLE, _NICE),
        ("help", "giúp:6|giúp đỡ:4", PEOPLE, _NICE[:1]),
        ("meet", "gặp:7|gặp gỡ:3", PEOPLE, _NICE),
        ("sing", "hát", _PICTURES[2:], _PRETTY[:3]),
        ("listen to", "nghe", _PICTURES[2:], _PRETTY),
        ("buy", "mua", (*_GOODS, *_FOOD[:3]), _SIZES[2:]),
        ("sell", "bán", (*_GOODS, *_BUILDINGS[:1]), _SIZES),
        ("sell", "bán", _ANIMALS[3:], _ANIMAL),
        ("repair", "sửa:6|sửa chữa:4", _GOODS, _SIZES),
        ("find", "tìm thấy:7|tìm được:3", (*_GOODS[4:], *_TEXTS[:2], *_ANIMALS[:3]), _SIZES[2:]),
        ("build", "xây:6|xây dựng:4", _BUILDINGS, _SIZES[2:]),
        ("see", "nhìn thấy:6|thấy:4", (*_ANIMALS, *_BUILDINGS), _SIZES[2:]),
        ("watch", "xem", _PICTURES[1:2], (*_GOOD, *_PRETTY[1:])),
        ("draw", "vẽ", (*_PICTURES[:1], *_ANIMALS, *_BUILDINGS[:1]), _SIZES[2:]),
        ("solve", "giải quyết", _THOUGHTS[:1], _HARD),
        ("answer", "trả lời", _THOUGHTS[1:2], _HARD),
        ("understand", "hiểu:8|hiểu được:2", _THOUGHTS, _HARD),
        ("explain", "giải thích", _THOUGHTS, _HARD),
        ("develop", "phát triển:7|xây dựng:3", _THOUGHTS[2:], _HARD),
        ("invite", "mời", PEOPLE, _NICE),
        ("wait for", "đợi:6|chờ:4", PEOPLE, _NICE[:2]),
    )
)
HABITUAL = ACTIONS[:8]

PLACES = _words("""
    in this city = [ở:6|trong:4] thành phố này
    in our village = [ở:7|trong:3] làng chúng tôi
    in this country = ở [đất nước:6|nước:4] này
    in the world = trên thế giới
    in Hanoi = ở Hà Nội
    near the river = gần [bờ sông:4|sông:6]
    on this street = trên [con đường:6|đường phố:4] này
""")
PAST = _words("""
    yesterday = [hôm qua:8|ngày hôm qua:2]
    last week = tuần [trước:7|vừa rồi:3]
    last year = năm [ngoái:7|trước:3]
    this morning = sáng nay
    on Monday = [vào thứ Hai:7|hôm thứ Hai:3]
    two years ago = [cách đây hai năm:4|hai năm trước:6]
    three months ago = [cách đây ba tháng:4|ba tháng trước:6]
    last summer = mùa hè [năm ngoái:6|vừa rồi:4]
    last night = [tối qua:6|đêm qua:4]
""")
FUTURE = _words("""
    tomorrow = ngày mai
    next week = tuần [tới:6|sau:4]
    next year = năm [sau:6|tới:4]
    tonight = tối nay
    this weekend = cuối tuần này
    on Friday = [vào:8|:2] thứ Sáu
""")
HABITS = _words("""
    every day = [mỗi ngày:6|hàng ngày:4]
    every evening = [mỗi tối:6|mỗi buổi tối:4]
    every week = [mỗi tuần:6|hàng tuần:4]
    in the morning = vào buổi sáng
    on Sundays = vào [ngày:3|:7] Chủ nhật
""")
FEELINGS = _words("""
    tired = mệt
    happy = [vui:6|hạnh phúc:4]
    sad = buồn
    curious = tò mò
    worried = lo lắng
    angry = [tức giận:6|giận:4]
    sick = [bị ốm:6|bị bệnh:4]
    bored = [chán:6|buồn chán:4]
""")
STATES = _words("""
    no time = không có thời gian
    little money = [có ít tiền:6|không có nhiều tiền:4]
    a lot of work = có [rất nhiều:6|nhiều:4] việc
    many problems = [gặp:6|có:4] nhiều vấn đề
    a different opinion = có ý kiến khác
""")
DEGREES = _words("""
    very = rất @
    really = [thật sự:6|thực sự:4] @
    quite = khá @
    too = [quá @:6|@ quá:4]
    not = không @
    not very = không @ lắm
""")
OPINIONS = _words("""
    I think = tôi [nghĩ:7|cho:3]
    I hope = tôi [hy vọng:8|mong:2]
    we know = chúng tôi biết
    he said = anh ấy [đã nói:4|nói:6]
    everyone says = mọi người [đều nói:6|nói:4]
    I am sure = tôi chắc chắn
    she believes = cô ấy tin
    I heard = tôi [nghe nói:6|đã nghe:4]
""")
WONDERINGS = _words("""
    I do not know = tôi không biết
    nobody understands = [không ai:7|chẳng ai:3] hiểu
    we wonder = chúng tôi [tự hỏi:7|thắc mắc:3]
    she told me = cô ấy [đã nói cho:6|kể cho:4] tôi biết
    I want to understand = tôi muốn hiểu
    he explained = anh ấy [đã giải thích:7|giải thích:3]
    sometimes I ask = [đôi khi:6|thỉnh thoảng:4] tôi hỏi
""")
ADVICE = _words("""
    it is important = điều quan trọng là [phải:6|cần:4]
    it is not easy = [không dễ để:6|thật không dễ để:4]
    we want = chúng tôi muốn
    she decided = cô ấy [đã quyết định:7|quyết định:3]
    he forgot = anh ấy [đã quên:6|quên:4]
    I started = tôi [đã bắt đầu:5|bắt đầu:4]
    they tried = họ đã [cố gắng:6|cố:4]
    I need = tôi [cần:7|cần phải:3]
    my mother told me = mẹ tôi [bảo:6|đã bảo:4] tôi
    it is a good idea = [tốt nhất là:6|tốt hơn là:4] nên
""")

MODALS = _words("must = phải:7|cần phải:3\ncan = có thể\nshould = nên\nmay = có lẽ sẽ:6|có thể sẽ:4")
OWNERS = _words("this = này\nmy = của tôi\nher = của cô ấy\nour = của chúng tôi")
# What one would call "my ..." whatever one does to it: not a stranger, a public building or a question.
OWNED = (*_GOODS, *_FOOD[:3], *_ANIMALS, *_BUILDINGS[:1], PEOPLE[2], PEOPLE[5])
BUILT = (*_BUILDINGS, *SIGHTS[-2:])
