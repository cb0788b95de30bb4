"""Keys: found by their digests, several at once."""

import hashlib

import pytest

from service.keys import Key, Keyring, digest_key, make_key

SENT = ("first key", "schlüssel-2", "\ud83d")
KEYS = tuple(Key(name=f"key-{place}", sha256=digest_key(sent)) for place, sent in enumerate(SENT))


def test_a_digest_is_what_sha256sum_prints() -> None:
    for sent in SENT[:2]:
        assert digest_key(sent) == hashlib.sha256(sent.encode()).hexdigest()


def test_each_of_several_keys_is_found() -> None:
    assert [Keyring(KEYS).find(sent) for sent in SENT] == list(KEYS)


@pytest.mark.parametrize(
    "sent", ["", "wrong", "First key", "first key ", KEYS[0].sha256, "first key\0", "k" * 100_000]
)
def test_what_is_no_key_is_not_found(sent: str) -> None:
    assert Keyring(KEYS).find(sent) is None


def test_without_keys_none_is_found() -> None:
    assert not Keyring()
    assert Keyring().find("first key") is None


def test_one_of_two_keys_with_a_name_can_go_while_the_other_stays() -> None:
    old, new = (Key(name="shop", sha256=digest_key(sent)) for sent in ("old", "new"))
    assert Keyring((old, new)).find("old") == old
    assert Keyring((old, new)).find("new") == new
    assert Keyring((new,)).find("old") is None


def test_keys_that_are_made_differ() -> None:
    assert len({make_key() for _ in range(100)}) == 100
