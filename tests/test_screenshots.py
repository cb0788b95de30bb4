"""The pictures of the pages: those that the program takes are there, and light."""

from PIL import Image
from screenshots import IMAGES, MAX_BYTES, SHOTS


def test_there_are_the_pictures_that_the_program_takes_and_no_others() -> None:
    assert {picture.name for picture in IMAGES.iterdir()} == {f"{name}.png" for name in SHOTS}


def test_each_picture_is_as_large_as_what_it_shows_and_light() -> None:
    for name, shot in SHOTS.items():
        file = IMAGES / f"{name}.png"
        with Image.open(file) as picture:
            assert picture.size == (shot.width * shot.scale, shot.height * shot.scale)
            assert picture.mode == "P"
        assert file.stat().st_size < MAX_BYTES
