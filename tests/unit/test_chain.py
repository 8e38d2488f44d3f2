"""The evidence format: somebody else must come to the same bytes and the same hashes."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import chain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-chain.LARGEST + 1, chain.LARGEST - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=12,
)


def test_canonical_form_is_sorted_tight_and_utf8() -> None:
    body = {"b": [1, True, None], "a": "党", "on": date(2026, 3, 4)}

    assert chain.canonical(body) == '{"a":"党","b":[1,true,null],"on":"2026-03-04"}'.encode()


def test_times_are_utc_with_microseconds() -> None:
    moment = datetime(2026, 3, 4, 1, 2, 3, tzinfo=UTC)

    assert chain.canonical([moment]) == b'["2026-03-04T01:02:03.000000Z"]'


def test_equal_texts_in_unlike_unicode_forms_are_the_same_bytes() -> None:
    composed, apart = chr(0xE9), "e" + chr(0x301)

    assert chain.canonical(composed) == chain.canonical(apart)


def test_sets_have_one_order() -> None:
    assert chain.canonical({"x": frozenset({"c", "a", "b"})}) == b'{"x":["a","b","c"]}'


@pytest.mark.parametrize("value", [1.5, b"x", 2**53, -(2**53), object()])
def test_what_has_no_one_form_is_refused(value: Any) -> None:  # noqa: ANN401
    with pytest.raises(TypeError):
        chain.canonical({"x": value})


@given(JSON)
def test_canonical_form_reads_back_and_stays(value: Any) -> None:  # noqa: ANN401
    once = chain.canonical(value)

    assert chain.canonical(json.loads(once)) == once


def test_link_is_the_hash_of_tag_previous_and_body() -> None:
    expected = hashlib.sha256(b"\x02" + chain.GENESIS + b"{}").digest()

    assert chain.link(chain.GENESIS, b"{}") == expected


@given(st.binary(min_size=32, max_size=32), st.binary(), st.binary())
def test_links_of_unlike_bodies_differ(previous: bytes, one: bytes, other: bytes) -> None:
    same = chain.link(previous, one) == chain.link(previous, other)

    assert same is (one == other)


@given(st.integers(1, 2**42), st.integers(1, 2**20 - 1))
def test_number_of_an_entry_gives_its_case_and_place(case_id: int, seq: int) -> None:
    assert chain.entry_place(chain.entry_number(case_id, seq)) == (case_id, seq)


def test_commitment_hides_equal_values_and_can_be_checked() -> None:
    one, other = chain.commit("王五"), chain.commit("王五")

    assert one.digest() != other.digest()
    assert len(one.salt) == chain.SALT_BYTES
    assert one.digest() == hashlib.sha256(b"\x03" + one.salt + "王五".encode()).hexdigest()
    assert chain.Commitment("王六", one.salt).digest() != one.digest()
