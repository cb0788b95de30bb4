"""The table of sources: one file that readers, manifest and model card share."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

SOURCES_FILE: Final = Path(__file__).with_name("sources.toml")


@dataclass(frozen=True)
class Source:
    """A set of labelled comments.

    Attributes
    ----------
    name : str
        As in the corpus table and the manifest.
    language : str
        BCP-47 tag.
    use : {"train", "evaluate"}
        A set to evaluate on is never fitted, and no threshold is chosen on it.
    title, licence, url : str
        Of the public original.
    folder : str
        Where its files are below the data folder.
    sha256 : dict of str to str
        The files, and their SHA-256 when the shipped artefact was made.
    without : str
        What a model trained without this set lacks.
    """

    name: str
    language: str
    use: Literal["train", "evaluate"]
    title: str
    licence: str
    url: str
    folder: str
    sha256: dict[str, str]
    without: str

    @property
    def files(self) -> list[str]:
        """Names of the files that are read."""
        return list(self.sha256)


def load_sources(language: str, use: str) -> list[Source]:
    """Return the sources of one language and use, in the order of the file."""
    table = tomllib.loads(SOURCES_FILE.read_text(encoding="utf-8"))
    sources = [Source(name=name, **fields) for name, fields in table.items()]
    return [source for source in sources if (source.language, source.use) == (language, use)]


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
