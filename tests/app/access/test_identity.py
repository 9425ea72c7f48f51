from __future__ import annotations

from base64 import b64encode
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from app.access.identity import Access
from app.access.keys import Keys
from app.access.people import Role

PROXY = (ip_network("10.1.0.0/16"),)


def request(peer: str = "127.0.0.1", *more: tuple[str, str], host: str = "localhost:7860") -> dict[str, Any]:
    headers = [("host", host), *more]
    return {
        "type": "http",
        "client": (peer, 50_000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys.json")


def test_at_this_machine_without_keys_everybody_may_do_everything(keys: Keys) -> None:
    person = Access(keys, unguarded=True).identify(request())
    assert person is not None and person.role is Role.ADMINISTER


@pytest.mark.parametrize(
    "scope",
    [
        request("127.0.0.1", ("X-Forwarded-For", "10.0.0.9")),
        request("127.0.0.1", ("Forwarded", "for=10.0.0.9")),
        request("127.0.0.1", host="policy.example"),
        request("127.0.0.1", host="POLICY.example:7860"),
        request("10.0.0.9"),
        request("testclient"),
    ],
)
def test_what_comes_by_a_proxy_or_the_public_name_may_only_ask(keys: Keys, scope: dict[str, Any]) -> None:
    person = Access(keys, unguarded=True, public_host="policy.example").identify(scope)
    assert person is not None and person.role is Role.ASK


LOOPBACK = ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.1:7860", "[::1]:7860", "[::1]"]


@pytest.mark.parametrize("host", LOOPBACK)
def test_without_keys_it_answers_to_the_names_of_this_machine(keys: Keys, host: str) -> None:
    access = Access(keys, unguarded=True)
    assert access.identify(request(host=host)) is not None and access.foreign_host(request(host=host)) is None


FOREIGN = {
    "evil.example:7860": "evil.example",
    "localhost.evil.example": "localhost.evil.example",
    "127.0.0.1.evil.example": "127.0.0.1.evil.example",
    "policy.example.evil:80": "policy.example.evil",
    "10.0.0.9": "10.0.0.9",
    "0.0.0.0:7860": "0.0.0.0",
    "[fe80::1]:7860": "fe80::1",
    "": "",
}


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("public", ["", "policy.example"])
def test_without_keys_another_name_is_not_answered(keys: Keys, host: str, public: str) -> None:
    access = Access(keys, unguarded=True, public_host=public)
    scope = request("127.0.0.1", ("X-Forwarded-Host", "localhost"), host=host)
    assert access.identify(scope) is None and access.foreign_host(scope) == FOREIGN[host]


def test_keys_single_sign_on_and_open_do_not_ask_for_the_name(keys: Keys) -> None:
    scope = request(host="evil.example")
    assert Access(keys, open=True).identify(scope) is not None
    assert Access(keys, open=True).foreign_host(scope) is None
    assert Access(keys, sso_header="X-Remote-User", proxies=PROXY).foreign_host(scope) is None
    text, access = keys.add("bot", Role.ASK), Access(keys, unguarded=True)
    assert access.foreign_host(scope) is None and access.identify(scope) is None
    shown = request("127.0.0.1", ("Authorization", f"Bearer {text}"), host="evil.example")
    assert access.identify(shown) is not None


def test_the_first_key_closes_the_door_and_revoking_it_does_not_open_it(keys: Keys) -> None:
    access = Access(keys, unguarded=True)
    keys.add("bot", Role.ASK)
    assert access.identify(request()) is None
    keys.revoke("bot")
    assert access.identify(request()) is None


def test_a_damaged_file_of_keys_lets_nobody_in(keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    access = Access(keys, unguarded=True)
    assert access.identify(request()) is None
    assert access.identify(request("127.0.0.1", ("Authorization", "Bearer pqa_x"))) is None


def test_keys_come_as_bearer_tokens_or_as_passwords(keys: Keys) -> None:
    access, text = Access(keys), keys.add("bot", Role.ADMINISTER)
    basic = b64encode(f"anyone:{text}".encode()).decode()
    for value in (f"Bearer {text}", f"bearer {text}", f"Basic {basic}"):
        person = access.identify(request("10.0.0.9", ("Authorization", value)))
        assert person is not None
        assert (person.name, person.role, person.by) == ("bot", Role.ADMINISTER, "key")


@pytest.mark.parametrize("value", ["Bearer wrong", "Basic !!", "Basic " + b64encode(b"a:b").decode()])
def test_a_wrong_key_is_never_let_in_even_where_all_may_ask(keys: Keys, value: str) -> None:
    assert Access(keys, open=True).identify(request("127.0.0.1", ("Authorization", value))) is None


def test_the_portals_word_counts_from_its_proxies_only(keys: Keys) -> None:
    access = Access(keys, sso_header="X-Remote-User", administrators=("王芳",), proxies=PROXY)
    person = access.identify(request("10.1.2.3", ("X-Remote-User", "li.lei")))
    assert person is not None and (person.name, person.role, person.by) == ("li.lei", Role.ASK, "sso")
    boss = access.identify(request("10.1.2.3", ("X-Remote-User", "王芳")))
    assert boss is not None and boss.role is Role.ADMINISTER
    for scope in (
        request("10.2.0.1", ("X-Remote-User", "li.lei")),
        request("127.0.0.1", ("X-Remote-User", "li.lei")),
        request("10.2.0.1", ("X-Remote-User", "li.lei"), ("X-Forwarded-For", "10.1.2.3")),
        request("10.1.2.3"),
        request("10.1.2.3", ("X-Remote-User", "")),
        request("10.1.2.3", ("X-Remote-User", "li.lei"), ("X-Remote-User", "王芳")),
        request("10.1.2.3", ("X-Remote-User", "a\x00b")),
        request("10.1.2.3", ("X-Remote_User", "li.lei")),
    ):
        assert access.identify(scope) is None


def test_the_address_behind_proxies_cannot_be_made_up(keys: Keys) -> None:
    access = Access(keys, open=True, proxies=PROXY)

    def address(peer: str, *forwarded: str) -> str:
        person = access.identify(request(peer, *(("X-Forwarded-For", value) for value in forwarded)))
        assert person is not None
        return person.name

    assert address("10.1.0.1", "6.6.6.6, 9.9.9.9, 10.1.0.2") == "9.9.9.9"
    assert address("10.1.0.1", "6.6.6.6", "9.9.9.9") == "9.9.9.9"
    assert address("9.9.9.9", "6.6.6.6") == "9.9.9.9"
    assert address("::ffff:10.1.0.1", "6.6.6.6") == "6.6.6.6"
    assert address("10.1.0.1", "nonsense") == "10.1.0.1"
