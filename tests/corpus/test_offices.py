"""Responsible offices and contacts."""

from __future__ import annotations

import time

import pytest

from corpus.offices import find_contacts, find_responsible


@pytest.mark.parametrize(
    ("text", "offices"),
    [
        (
            "给予奖励。（责任单位：市科技局、市财政局，各区人民政府）",
            ["市科技局", "市财政局", "各区人民政府"],
        ),
        ("(牵头单位:市科技局;配合单位:市发展改革委、市财政局)", ["市科技局", "市发展改革委", "市财政局"]),
        ("[责任部门：市科技局，各区、县(市)政府]", ["市科技局", "各区、县(市)政府"]),
        ("（责任单位：各县级市（区）人民政府（管委会））", ["各县级市（区）人民政府（管委会）"]),
        ("甲。（责任单位：市教育局）乙。（责任单位：市人社局、市教育局)", ["市教育局", "市人社局"]),
        ("（市科技局、滨海新区人民政府等按职责分工负责）", ["市科技局", "滨海新区人民政府"]),
        ("（有关单位按职责分工负责）", ["有关单位"]),
        ("责任单位：市科技局、市财政局等有关部门", ["市科技局", "市财政局"]),
        ("（责任单位：市科技局、市财", ["市科技局", "市财"]),
        ("企业（含分公司）由市科技局负责认定。", []),
        ("（以下简称责任单位）", []),
    ],
)
def test_responsible(text: str, offices: list[str]) -> None:
    assert list(find_responsible(text)) == offices


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("（政策咨询部门：市科技局高新处，咨询电话：61886241）", [("市科技局高新处", "61886241")]),
        ("4. 政策咨询\n市经信局信息化推进处；咨询电话：61885818。", [("市经信局信息化推进处", "61885818")]),
        (
            "（政策咨询部门：甲区新经济局，咨询电话：61889683；乙区科技局，联系电话：\n15828037142）",
            [("甲区新经济局", "61889683"), ("乙区科技局", "15828037142")],
        ),
        (
            "落实部门：市科技局\n咨询电话：65692245 65692149",
            [("市科技局", "65692245"), ("市科技局", "65692149")],
        ),
        ("（咨询电话：61881622、61881623。）", [("", "61881622"), ("", "61881623")]),
        ("联系部门：某局，电话：０５７１－８８８８００００", [("某局", "0571-88880000")]),
        ("服务热线：12345", [("", "12345")]),
        ("固定电话用户达到20000000户。", []),
        ("提供咨询电话服务，给予5000000元奖励。", []),
    ],
)
def test_contacts(text: str, contacts: list[tuple[str, str]]) -> None:
    assert [(c.office, c.phone) for c in find_contacts(text)] == contacts


@pytest.mark.parametrize("unit", ["（", "（责任单位：", "、", "电话：", "（）", "（a、"])
def test_hostile_text_takes_no_time(unit: str) -> None:
    begin = time.process_time()
    find_responsible(unit * 20_000)
    find_contacts(unit * 20_000)
    assert time.process_time() - begin < 5
