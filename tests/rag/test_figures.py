from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.figures import FigureKind, figures, han_value, plain, same_figure, unsupported


def read(text):
    return [(f.value, f.unit, f.kind.value) for f in figures(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("给予500万元奖励", (5e6, "元", "money")),
        ("给予最高 1000 万元支持", (1e7, "元", "money")),
        ("给予五十万元补助", (5e5, "元", "money")),
        ("给予 二十五 万元补助", (2.5e5, "元", "money")),
        ("规模1.5 亿元", (1.5e8, "元", "money")),
        ("打造千亿级产业集群", (1e11, "", "number")),
        ("形成3至5个百亿规模集群", (1e10, "", "number")),
        ("年营收千万元以上", (1e7, "元", "money")),
        ("基金规模千亿级，首期2亿元", (2e8, "元", "money")),
        ("３００万元", (3e6, "元", "money")),
        ("1,000,000元", (1e6, "元", "money")),
        ("RMB 5 million", (5e6, "元", "money")),
        ("RMB 30m", (3e7, "元", "money")),
        ("10 million yuan", (1e7, "元", "money")),
        ("按30%给予补助", (30, "%", "percent")),
        ("按百分之三十给予", (30, "%", "percent")),
        ("补三成左右", (30, "%", "percent")),
        ("补2成", (20, "%", "percent")),
        ("20 percent of it", (20, "%", "percent")),
        ("20 per cent of it", (20, "%", "percent")),
        ("RMB 200,000 per certificate", (2e5, "元", "money")),
        ("up to RMB 5 million per year", (5e6, "元", "money")),
        ("3 persons", (3, "", "number")),
        ("2 per mille of it", (2, "‰", "percent")),
        ("up by 3 percentage points", (3, "百分点", "percent")),
        ("融资额的 2‰", (2, "‰", "percent")),
        ("千分之五", (5, "‰", "percent")),
        ("提高3个百分点", (3, "百分点", "percent")),
        ("增长2倍", (2, "倍", "multiple")),
        ("到2025年", (20250000, "date", "date")),
        ("2020年12月31日止", (20201231, "date", "date")),
        ("二〇二〇年十二月", (20201200, "date", "date")),
        ("31 December 2020", (20201231, "date", "date")),
        ("2021-11-12", (20211112, "date", "date")),
        ("有效期四年", (4, "年", "duration")),
        ("公示5个工作日", (5, "工作日", "duration")),
        ("30 日后施行", (30, "日", "duration")),
        ("two years", (2, "年", "duration")),
        ("三个军工资质", (3, "个", "count")),
        ("100万平方米空间", (1e6, "平方米", "count")),
        ("去年成交额800万", (8e6, "", "number")),
        ("5G基站", (5, "g", "number")),
        ("补贴۵๕万元", (5.5e5, "元", "money")),
    ],
)
def test_one_figure_by_value(text, expected):
    assert read(text)[-1] == expected


@pytest.mark.parametrize(
    ("text", "values", "unit"),
    [
        ("8-10家", [8, 10], "家"),
        ("10—20个", [10, 20], "个"),
        ("1～2个", [1, 2], "个"),
        ("3 至 5 个", [3, 5], "个"),
        ("10-20万元", [1e5, 2e5], "元"),
        ("30 万元—50 万元", [3e5, 5e5], "元"),
        ("15%-20%", [15, 20], "%"),
        ("2020-2022年", [20200000, 20220000], "date"),
    ],
)
def test_both_ends_of_a_range_count_the_same_thing(text, values, unit):
    found = figures(text)
    assert [f.value for f in found] == values
    assert {f.unit for f in found} == {unit}


@pytest.mark.parametrize(
    "text",
    [
        "第五条",
        "第 12 条",
        "1. 支持企业",
        "（2）材料；\n3、其他",
        "[3]",
        "一次性奖励",
        "一个平台",
        "建立一批园区",
        "成都市",
        "三成都会",
        "万人计划",
        "",
    ],
)
def test_what_is_no_figure(text):
    assert figures(text) == ()


def test_list_of_amounts_in_order():
    text = "达到5000万元、1亿元的，分别给予500万元、1000万元"
    assert [f.value for f in figures(text)] == [5e7, 1e8, 5e6, 1e7]
    assert [text[f.start : f.end] for f in figures(text)] == ["5000万元", "1亿元", "500万元", "1000万元"]


def test_per_head_amount_keeps_its_money():
    assert read("最高 150 元/人/期")[0] == (150, "元", FigureKind.MONEY)


@pytest.mark.parametrize(
    ("claimed", "stated", "same"),
    [
        ("RMB 5 million", "500万元", True),
        ("500万", "500万元", True),
        ("US$5 million", "500万美元", True),
        ("US$5 million", "500万元", False),
        ("500万元", "500亿元", False),
        ("20%", "20‰", False),
        ("20%", "20家", False),
        ("5个", "5家", False),
        ("2020年", "2020年12月31日", True),
        ("2020年12月30日", "2020年12月31日", False),
        ("2020年12月31日", "2020年", False),
        ("两年", "2年", True),
        ("20 companies", "20家", True),
        ("三成", "30%", True),
    ],
)
def test_same_figure(claimed, stated, same):
    assert same_figure(figures(claimed)[0], figures(stated)[0]) is same


def test_unsupported_names_what_is_missing():
    missing = unsupported(figures("给予30%、最高200万元"), figures("按30%给予最高100万元"))
    assert [f.value for f in missing] == [2e6]


@given(st.integers(1, 9999), st.sampled_from(["万元", "亿元", "%", "‰", "家", "个"]))
def test_every_number_and_unit_is_its_own_figure_only(number, unit):
    figure = figures(f"给予{number}{unit}")[0]
    other = "亿元" if unit == "万元" else "万元"
    assert same_figure(figure, figures(f"共{number}{unit}")[0])
    assert not same_figure(figure, figures(f"共{number + 1}{unit}")[0])
    assert not same_figure(figure, figures(f"共{number}{other}")[0])


@given(st.text(max_size=80))
def test_any_text_is_read_without_overlap(text):
    found = figures(text)
    assert all(0 <= f.start < f.end <= len(text) for f in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize(
    "evil", ["1" * 50_000, "一" * 50_000, "1" * 50_000 + "成", "百分之" * 9_000, "1-" * 9_000]
)
def test_long_runs_are_read_in_good_time(evil):
    assert len(figures(evil)) <= len(evil)


def test_han_value():
    assert [han_value(n) for n in ("十", "五十", "一百零五", "二〇二三", "两")] == [10, 50, 105, 2023, 2]
