"""The mapping from features to rows of the index."""

from __future__ import annotations

import pickle

from bot.matching.feature_table import FeatureTable


def test_it_is_the_mapping_that_a_dict_would_be() -> None:
    features = ["", "vay", "vay von", "vay _ von", "~^va", "@loan", "ngô", "\udc80", *map(str, range(3000))]
    table = FeatureTable(features)
    assert dict(table) == {feature: row for row, feature in enumerate(features)}
    assert list(table) == features
    assert len(table) == len(features)


def test_what_it_does_not_hold_has_no_row() -> None:
    table = FeatureTable(str(number) for number in range(0, 6000, 2))
    assert [number for number in range(6000) if table.row(str(number)) is None] == list(range(1, 6000, 2))
    assert "1" not in table
    assert "2" in table
    assert FeatureTable(()).row("vay") is None


def test_many_at_once_are_found_as_one_by_one_again_and_again() -> None:
    table = FeatureTable(str(number) for number in range(0, 6000, 2))
    asked = [str(number) for number in range(6000)]
    for _ in range(2):
        assert table.rows(asked) == list(range(3000))
        assert table.rows(reversed(asked)) == list(range(2999, -1, -1))
    assert pickle.dumps(table) == pickle.dumps(FeatureTable(str(number) for number in range(0, 6000, 2))), (
        "of what it was asked"
    )
