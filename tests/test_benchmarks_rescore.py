"""The comments that rescoring is measured with."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.comments import LOG_LENGTH, LONGEST, draw_comments
from benchmarks.stored import SCHEMA, write_comments

ROWS = 20_000


@pytest.fixture(scope="module")
def lengths() -> list[int]:
    return list(map(len, draw_comments(ROWS, np.random.default_rng(0))))


def test_comments_are_as_long_as_those_people_write(lengths: list[int]) -> None:
    logarithms = np.log(lengths)
    assert logarithms.mean() == pytest.approx(LOG_LENGTH[0], abs=0.02)
    assert logarithms.std() == pytest.approx(LOG_LENGTH[1], abs=0.02)


def test_no_comment_is_empty_or_too_long(lengths: list[int]) -> None:
    assert min(lengths) >= 1
    assert max(lengths) == LONGEST


def test_words_are_as_rare_as_in_a_language() -> None:
    words = " ".join(draw_comments(1000, np.random.default_rng(0))).split()
    assert len(set(words[:10_000])) > 2_000
    assert len(set(words[:20_000])) > 3_500


def test_a_file_is_the_same_at_every_run(tmp_path: Path) -> None:
    paths = [tmp_path / "one.parquet", tmp_path / "two.parquet"]
    for path in paths:
        write_comments(path, 1000)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_file_has_a_row_group_for_every_eighth_of_a_million_rows(tmp_path: Path) -> None:
    path = tmp_path / "comments.parquet"
    write_comments(path, 130_000)
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(index) for index in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [125_000, 5_000]
    first, second = (group["comment"].to_pylist()[:5_000] for group in groups)
    assert not set(first) & set(second)
    assert [number for group in groups for number in group["id"].to_pylist()] == [*range(130_000)]
    assert groups[0].schema == SCHEMA
