"""Terms of word lists are found in every disguise, as whole words, where they were sent."""

import functools
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stubs import load_normaliser

from model.artefact import load_scorer
from model.words import READ, SPELT, WordReader
from service.policy import PolicyError, Words
from service.policy.entries import read_entries
from service.policy.matching import Matcher
from service.policy.terms import LONGEST_TERM, find_fault
from service.policy.words import HIDDEN, Found, Term, WordLists
from service.settings import ARTEFACTS

any_time = settings(deadline=None)


@functools.lru_cache(maxsize=64)
def load_lists(
    banned: tuple[str, ...] = (), suspect: tuple[str, ...] = (), allowed: tuple[str, ...] = ()
) -> WordLists:
    return WordLists(Words(banned, suspect, allowed), load_normaliser())


def find(
    text: str,
    banned: Iterable[str] = (),
    suspect: Iterable[str] = (),
    allowed: Iterable[str] = (),
) -> list[tuple[str, str]]:
    """Return each term found, and the part of the text that is named for it."""
    (found,) = load_lists(tuple(banned), tuple(suspect), tuple(allowed)).find([text])
    return [(term.term, text[term.begin : term.end]) for term in found.terms]


def hide(text: str, *allowed: str) -> str:
    """Return the text as the model is to read it."""
    (found,) = load_lists(allowed=allowed).find([text])
    return found.text


# Disguises


@pytest.mark.parametrize(
    "sent",
    [
        "grumblefink",
        "GrumbleFink",
        "gr\u00fcmbl\u00e9fink",
        "gru\u0308mblefink",
        "gr\u200bumble\u00adfink",
        "\uff47\uff52\uff55\uff4d\uff42\uff4c\uff45\uff46\uff49\uff4e\uff4b",
        "\U0001d4d6rumblefink",
        "grumble\ufb01nk",
        "grum\u0432l\u0435f\u0456nk",
        "grumbl3f1nk",
        "grumblef!nk",
        "&#103;rumblefink",
        "grumble&#x66;ink",
        "&amp;#103;rumblefink",
        "g.r.u.m.b.l.e.f.i.n.k",
        "g r u m b l e f i n k",
        "G-R-U-M-B-L-E-F-I-N-K",
        "g*r*u*m*b*l*e*f*i*n*k",
    ],
)
@pytest.mark.parametrize("text", ["{}", "You {}!", "\U0001f600\U0001f600 ({}), caf\u00e9"])
def test_a_disguised_term_is_found_and_all_of_it_is_named(sent: str, text: str) -> None:
    assert find(text.format(sent), banned=["grumblefink"]) == [("grumblefink", sent)]


def test_a_term_may_be_written_in_disguise_itself() -> None:
    listed = ["gr.u.m", "q.u.i.b", "Gr\u00fcmblef1nk", "A.C.M.E."]
    text = "grumblefink quib acme, gr u m"
    found = [("Gr\u00fcmblef1nk", "grumblefink"), ("q.u.i.b", "quib"), ("A.C.M.E.", "acme")]
    assert find(text, banned=listed) == [*found, ("gr.u.m", "gr u m")]


def disguise(word: str, choices: list[int]) -> str:
    """Write each letter in one of five ways that read the same."""
    ways = (
        lambda letter: letter,
        str.upper,
        lambda letter: chr(ord(letter) + 0xFEE0),
        lambda letter: f"{letter}\u200b",
        lambda letter: f"{letter}\u0301",
    )
    written = (ways[choice](letter) for letter, choice in zip(word, choices, strict=True))
    return "".join(written)


@any_time
@given(
    before=st.text(alphabet="abc \n\U0001f600\u00e9", max_size=30),
    after=st.text(alphabet="abc \n\U0001f600\u00e9", max_size=30),
    choices=st.lists(st.integers(0, 4), min_size=11, max_size=11),
)
def test_a_term_between_other_words_is_found_at_its_place(
    before: str, after: str, choices: list[int]
) -> None:
    sent = disguise("grumblefink", choices)
    text = f"{before}, {sent} {after}"
    begin = len(before) + 2
    (found,) = load_lists(banned=("grumblefink",)).find([text])
    # What cannot be seen and stands behind the last letter is no part of the word.
    end = begin + len(sent.rstrip("\u200b"))
    assert found == Found([Term("banned", "grumblefink", begin, end)], text)


# Whole words, stems and phrases


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("A specialist came.", "cialis"),
        ("specialist", "special"),
        ("grumblefinks", "grumblefink"),
        ("He'll come.", "hell"),
        ("grumble fink", "grumblefink"),
        ("fink grumble", "grumble fink"),
        ("grumble or fink", "grumble fink"),
        ("grumblefink", "fink*"),
        ("the grumble finks", "grumble fink"),
        ("", "grumblefink"),
        ("\x00 \u200b \ufeff", "grumblefink"),
    ],
)
def test_nothing_is_found_in_the_middle_of_other_words(text: str, listed: str) -> None:
    assert find(text, banned=[listed]) == []


@pytest.mark.parametrize(
    ("text", "listed", "sent"),
    [
        ("you grumblefink", "grumb*", "grumblefink"),
        ("grumb", "grumb*", "grumb"),
        ("(GRUMBL3FINK)", "grumb*", "GRUMBL3FINK"),
        ("g r u m b l e", "grumb*", "g r u m b l e"),
        ("old grumblefinks", "old grumb*", "old grumblefinks"),
        ("old grumblefinks", " old  grumb* ", "old grumblefinks"),
        ("snake_grumblefink_case", "grumblefink", "grumblefink"),
        ("snake_grumblefink_case", "grumb*", "grumblefink"),
        ("snake_grumblefink", "grumblefink", "grumblefink"),
        ("#grumblefink", "grumblefink", "grumblefink"),
        ("https://example.com/grumblefink?a", "grumblefink", "grumblefink"),
        ("grumblefink's", "grumblefink", "grumblefink"),
        ("go, drown", "go drown", "go, drown"),
        ("Go\r\n\r\n-- drown!", "go drown", "Go\r\n\r\n-- drown"),
        ("go\u2026drown", "go drown", "go\u2026drown"),
        ("go-drown", "go drown", "go-drown"),
        ("go drown", "go-drown", "go drown"),
        ("a AC/DC b", "ac/dc", "AC/DC"),
        (
            "\u043f\u043b\u043e\u0445\u043e\u0439!",
            "\u041f\u041b\u041e\u0425\u041e\u0419",
            "\u043f\u043b\u043e\u0445\u043e\u0439",
        ),
        (
            "\u0928\u092e\u0938\u094d\u0924\u0947",
            "\u0928\u092e*",
            "\u0928\u092e\u0938\u094d\u0924\u0947",
        ),
        ("so \U0001f595!", "\U0001f595", "\U0001f595"),
        ("covid19 1488", "1488", "1488"),
    ],
)
def test_a_term_is_a_word_a_stem_or_a_phrase(text: str, listed: str, sent: str) -> None:
    assert find(text, banned=[listed]) == [(listed, sent)]


def test_terms_within_terms_are_all_found() -> None:
    listed = ["go", "go drown", "go drown now", "drown now", "drown*", "now"]
    expected = [
        ("go", "go"),
        ("go drown", "go drown"),
        ("go drown now", "go drown now"),
        ("drown*", "drown"),
        ("drown now", "drown now"),
        ("now", "now"),
    ]
    assert find("go drown now", suspect=listed) == expected


def test_each_term_is_found_once_where_it_is_first() -> None:
    text = "quibbler, grumblefink; quibbling grumblefink"
    (found,) = load_lists(("grumblefink",), ("quibbl*",)).find([text])
    terms = [Term("suspect", "quibbl*", 0, 8), Term("banned", "grumblefink", 10, 21)]
    assert found == Found(terms, text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kkk", ["kkk", "kk"]),
        ("KkKkK", ["kkk", "kk"]),
        ("k.k.k.k", ["kkk", "kk"]),
        ("kk", ["kk"]),
        ("k\u200bk", ["kk"]),
        ("100", []),
        ("1000", ["1000"]),
        ("kk kkk", ["kk", "kkk"]),
    ],
)
def test_a_term_with_a_run_of_three_is_not_in_a_text_with_two(text: str, found: list[str]) -> None:
    assert {term for term, _ in find(text, banned=["kkk", "kk", "1000"])} == set(found)


# The lexicon


@pytest.mark.parametrize(
    ("text", "listed", "sent"),
    [
        ("You idoit.", "idiot", "idoit"),
        ("You id*ot.", "idiot", "id*ot"),
        ("You id_ot.", "idiot", "id_ot"),
        ("You idi-ot.", "idiot", "idi-ot"),
        ("an idoit of a man", "idiot of a man", "idoit of a man"),
        ("many idoits", "idiot*", "idoits"),
        ("\U0001f600 &#105;doit", "idiot", "&#105;doit"),
    ],
)
def test_a_misspelling_that_the_lexicon_knows_is_found(text: str, listed: str, sent: str) -> None:
    assert find(text, banned=[listed]) == [(listed, sent)]


def test_a_listed_misspelling_is_not_the_word_it_misspells() -> None:
    assert find("You idiot.", banned=["idoit"]) == []
    assert find("You idoit.", banned=["idoit"]) == [("idoit", "idoit")]


def test_a_term_that_is_misspelt_first_is_named_where_it_is_misspelt() -> None:
    assert find("idoit idiot", banned=["idiot"]) == [("idiot", "idoit")]
    assert find("idiot idoit", banned=["idiot"]) == [("idiot", "idiot")]


def test_groups_of_people_stay_apart_that_the_model_reads_as_one() -> None:
    assert find("A Muslim, a Christian, a gay man.", suspect=["muslim"]) == [("muslim", "Muslim")]
    assert find("A Christian, a gay man.", suspect=["muslim"]) == []


# Both lists


def test_of_terms_that_read_the_same_one_is_found() -> None:
    (found,) = load_lists(("Gr\u00fcmp",), ("grump", "GRUMP")).find(["grump"])
    assert found.terms == [Term("banned", "Gr\u00fcmp", 0, 5)]
    (found,) = load_lists((), ("Fink", "f1nk")).find(["a fink"])
    assert found.terms == [Term("suspect", "Fink", 2, 6)]


def test_a_word_and_its_stem_are_two_terms() -> None:
    (found,) = load_lists(("fink",), ("fink*",)).find(["fink"])
    assert set(found.terms) == {Term("banned", "fink", 0, 4), Term("suspect", "fink*", 0, 4)}


# Allowed terms


@pytest.mark.parametrize(
    "sent", ["Shital", "SHITAL", "Sh\u00edtal", "\uff33hital", "Shi\u200btal", "&#83;hital"]
)
def test_an_allowed_term_shields_what_is_written_so(sent: str) -> None:
    lists = load_lists(("shit*", "shital"), (), ("Shital",))
    text = f"\U0001f600 {sent}'s house"
    assert lists.find([text]) == [Found([], f"\U0001f600 {HIDDEN * len(sent)}'s house")]


@pytest.mark.parametrize(
    "sent", ["Sh1tal", "S h i t a l", "S.h.i.t.a.l", "Sh!tal", "Sh\u0456tal", "Shitals"]
)
def test_an_allowed_term_does_not_shield_a_disguise_of_it(sent: str) -> None:
    text = f"you {sent}"
    (found,) = load_lists(("shit*",), (), ("Shital",)).find([text])
    assert found.terms == [Term("banned", "shit*", 4, len(text))]
    assert found.text is text


def test_an_allowed_disguise_shields_itself_alone() -> None:
    lists = {"banned": ["shit*"], "allowed": ["Sh1tal"]}
    assert find("SH1TAL", **lists) == []
    assert find("Shital", **lists) == [("shit*", "Shital")]


def test_an_allowed_misspelling_is_not_the_word_that_the_lexicon_reads() -> None:
    lists = {"banned": ["idiot"], "allowed": ["idoit"]}
    assert find("Mr Idoit", **lists) == []
    assert find("Mr Idoit, you idiot", **lists) == [("idiot", "idiot")]
    assert find("Mr Idoit, you idiiot", **lists) == [("idiot", "idiiot")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dick Cheney", []),
        ("dick, cheney", []),
        ("Dick met Cheney", [("dick", "Dick")]),
        ("Dick Cheney, a dick", [("dick", "dick")]),
        ("big Dick Cheney", [("big dick", "big Dick")]),
        ("D1ck Cheney", [("dick", "D1ck")]),
        ("Dick Cheney Dick Cheney", [("cheney dick", "Cheney Dick")]),
    ],
)
def test_what_lies_within_an_allowed_phrase_is_shielded_and_what_sticks_out_is_not(
    text: str, found: list[tuple[str, str]]
) -> None:
    listed = ["dick", "big dick", "cheney dick"]
    assert find(text, banned=listed, allowed=["Dick Cheney"]) == found


def test_an_allowed_stem_shields_whole_words_as_they_are_written() -> None:
    assert find("Scunthorpe's Scunthorpian", banned=["scun*"], allowed=["Scunthorp*"]) == []
    assert hide("Scunthorpe's", "Scunthorp*") == f"{HIDDEN * 10}'s"
    assert hide("old Scunthorpe", "old scunthorp*") == HIDDEN * 14
    assert hide("5cunthorpe", "Scunthorp*") == "5cunthorpe"
    assert hide("old Sc.un.thorpe", "old scunthorp*") == "old Sc.un.thorpe"


def test_allowed_terms_that_overlap_are_all_hidden() -> None:
    text = "a Dick Cheney Street, Dick"
    allowed = ("Dick Cheney", "Cheney Street", "Dick")
    assert hide(text, *allowed) == f"a {HIDDEN * 18}, {HIDDEN * 4}"


def test_without_an_allowed_term_the_text_stays_the_same() -> None:
    texts = ["grumblefink", "Thank you.", "Sh1tal", ""]
    found = load_lists(("grumblefink",), (), ("Shital",)).find(texts)
    assert all(each.text is text for each, text in zip(found, texts, strict=True))


@pytest.mark.parametrize("text", ["{} is my neighbour.", "I agree with {}, as always.", "Hi {}!"])
@pytest.mark.parametrize("name", ["Shital", "Nishit", "Scunthorpe"])
def test_the_model_reads_an_allowed_name_as_any_other(text: str, name: str) -> None:
    scorer = load_scorer(ARTEFACTS / "en")
    names = ["Walter", "Priyanka", "Rotterdam"]
    hidden = hide(text.format(name), name)
    plain, allowed, *others = scorer.score(
        [text.format(name), hidden, *(text.format(other) for other in names)]
    )[:, 0]
    assert abs(allowed - np.median(others)) < 0.1
    assert plain > allowed + 0.1


# Any text


def find_slowly(text: str, words: Words) -> list[Term]:
    """Return the terms of a text, one after the other, by regular expressions."""
    reader = WordReader(load_normaliser())
    found: dict[tuple[str, str], Term] = {}
    for listed, terms in (("banned", words.banned), ("suspect", words.suspect)):
        for term in terms:
            pattern = reader.write([term.removesuffix("*")], READ).texts[0][1:-1]
            whole = re.escape(pattern) + ("[^ ]*" if term.endswith("*") else "")
            places = [
                each.find_origin(*match.span(1))
                for each in reader.trace(text, (READ, SPELT))
                for match in re.finditer(rf"(?<= )({whole})(?= )", each.text)
            ]
            if places:
                found[listed, term] = Term(listed, term, *min(places))  # type: ignore[arg-type]
    return sorted(found.values())


PIECES = st.sampled_from(
    [
        *(
            "idiot",
            "id",
            "iot",
            "ot",
            "1diot",
            "i d i o t",
            "idi",
            "idoit",
            "i",
            "d",
            "I",
            "\u0456",
        ),
        *("ab", "ba", "AB", "b a b", "a_b", "_", "*", "-", ".", "'", "!", "@", "#", "://", "www."),
        *(
            " ",
            "  ",
            "\n",
            "\u200b",
            "\u0301",
            "&",
            "&amp;",
            "&#105;",
            "1",
            "0",
            "\U0001f600",
            "\x00",
        ),
        *("\ud800", "\u00e9", "\u0438", "\ufb01", "\ufdfa", "Muslim", "\ue000"),
    ]
)
TERMS = st.lists(
    st.sampled_from(["idiot", "ab", "ba", "id*", "ab*", "idiot ab", "ab ba*", "ba ba", "idi ot"]),
    unique=True,
)


@any_time
@given(
    pieces=st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=3),
    banned=TERMS,
    suspect=st.lists(st.sampled_from(["fi*", "bab", "muslim", "face ab"]), unique=True),
)
def test_what_is_found_is_what_regular_expressions_find(
    pieces: list[str], banned: list[str], suspect: list[str]
) -> None:
    words = Words(tuple(banned), tuple(suspect))
    found = WordLists(words, load_normaliser()).find(pieces)
    assert [sorted(each.terms) for each in found] == [find_slowly(text, words) for text in pieces]


@any_time
@given(texts=st.lists(st.text(max_size=40) | st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_is_read_alone_as_among_others_and_hidden_at_its_length(texts: list[str]) -> None:
    lists = load_lists(("idiot", "ab*"), ("id",), ("1diot", "ab"))
    found = lists.find(texts)
    assert found == [lists.find([text])[0] for text in texts]
    for text, each in zip(texts, found, strict=True):
        assert len(each.text) == len(text)
        for term in each.terms:
            assert 0 <= term.begin < term.end <= len(text)


# Sizes


@pytest.mark.parametrize("text", ["", "Thank you.", "You idoit.", "\u0301&amp;"])
def test_empty_lists_find_nothing(text: str) -> None:
    assert load_lists().find([text]) == [Found([], text)]
    assert load_lists().find([]) == []


def test_all_of_100_000_terms_are_found() -> None:
    terms = [f"quib{number:05}x" for number in range(100_000)]
    lists = WordLists(Words(banned=tuple(terms)), load_normaliser())
    (found,) = lists.find([" ".join(reversed(terms))])
    assert sorted(term.term for term in found.terms) == terms
    assert lists.find(["quib00000", "quib99999xx"]) == [
        Found([], "quib00000"),
        Found([], "quib99999xx"),
    ]


@pytest.mark.parametrize(
    "write",
    [
        lambda size: "a" * size,
        lambda size: " a" * size,
        lambda size: "ab" * size,
        lambda size: "ab " * size,
        lambda size: "ab-" * size,
        lambda size: "ab_" * size,
        lambda size: "a\u0301b " * size,
    ],
)
def test_what_is_to_be_done_grows_with_the_text_and_no_faster(
    write: "functools.partial[str]",
) -> None:
    stems = ["aa*", *("ab" * count + "*" for count in range(1, 50))]
    phrases = [" ".join(["ab"] * count) for count in range(1, 50)]
    reader = WordReader(load_normaliser())
    matcher = Matcher(read_entries(Words(tuple(stems), tuple(phrases)), reader))
    sizes = (1_000, 2_000)
    one, two = (
        sum(1 for _ in matcher.match(reader.trace(write(size), (READ,))[0])) for size in sizes
    )
    # Not more at a place than the longest term has words, or letters.
    assert one <= 50 * sizes[0]
    assert two <= 2.1 * one + 50


# What is refused


@pytest.mark.parametrize("listed", ["banned", "suspect", "allowed"])
@pytest.mark.parametrize(
    "term", ["", "*", "!!", "\u200b", "a", "\u00e9\u0301", "a*", "&#97;", "\u24d0"]
)
def test_a_term_that_reads_as_one_letter_or_none_is_refused(listed: str, term: str) -> None:
    words = Words(**{listed: ("fine", term)})
    with pytest.raises(
        PolicyError, match=rf"^{listed}: a term reads as .*: {re.escape(repr(term))}"
    ):
        WordLists(words, load_normaliser())


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ("", "is blank"),
        (" \t\u3000", "is blank"),
        ("a" * (LONGEST_TERM + 1), "is longer than 200 characters"),
        ("fink # a name", "has a # between blanks, and a comment has a line of its own"),
        ("fink #", "has a # between blanks, and a comment has a line of its own"),
        ("f*nk", "has a * that is not at its end"),
        ("*fink", "has a * that is not at its end"),
        ("fink**", "has a * that is not at its end"),
        ("*", "has no letter or digit"),
        ("?!", "has no letter or digit"),
        ("\u200b", "has no letter or digit"),
        ("a", "has one letter only"),
        ("7", "has one letter only"),
        ("\u5c4e", "has one letter only"),
        ("a*", "has one letter only"),
        ("-a-", "has one letter only"),
        ("e\u0301", "has one letter only"),
        ("fink *", "has a * that follows no letter or digit"),
        ("fink-*", "has a * that follows no letter or digit"),
    ],
)
def test_a_term_that_cannot_be_one_is_told_why(term: str, fault: str) -> None:
    assert find_fault(term) == fault


@pytest.mark.parametrize(
    "term",
    [
        *(
            "#ab",
            "ab #cd",
            "a b",
            "A.B.",
            "88",
            "fink*",
            " fink* ",
            "go drown*",
            "a" * LONGEST_TERM,
        ),
        *("\U0001f595", "\U0001f595*", "gru\u0308m*", "\u0928\u092e\u0938\u094d\u0924\u0947*"),
    ],
)
def test_words_stems_phrases_and_emoji_are_terms(term: str) -> None:
    assert find_fault(term) is None


@any_time
@given(term=st.text(max_size=20))
def test_what_the_check_of_a_term_passes_has_letters(term: str) -> None:
    if find_fault(term) is None:
        assert any(each.isalnum() or unicodedata.category(each) == "So" for each in term)
