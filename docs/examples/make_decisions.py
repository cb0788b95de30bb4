"""Make up a site's export, ``docs/examples/decisions.csv``, on standard output.

The moderators of a town's newspaper, who do not exist, let people swear at the weather and do not
let them insult each other. Like people, they overlook some and are strict on some days. The same
program gives the same file.
"""  # noqa: INP001 - it lies beside its file, and is no module of anything

import csv
import random
import re
import sys
from collections.abc import Sequence
from typing import Final

COMMENTS: Final = 2400
SLIPS: Final = 0.02
"""Share of decisions that are made the other way."""

Templates = Sequence[str]

WORDS: Final = {
    "topic": (
        "the new bus timetable|the harbour bridge|the match on Saturday|the swimming pool"
        "|the school kitchen|the market square|the night ferry|the library roof|the flood wall"
        "|the tram line|the cycle lane|the town choir|the old mill|the heating plant"
        "|the lighthouse|the car park|the bakery on Mill Street|the wind farm|the museum"
        "|the old cinema|the skate park|the budget"
    ),
    "person": (
        "the mayor|the editor|Mrs Shital|the goalkeeper|the author|the councillor|Dr Nishit"
        "|the referee|the chairman|the head teacher|our columnist|the ferryman"
    ),
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "time": "last winter|this spring|for ten years|since the storm|in 1974|every year|since May",
    "good": "lovely|clear|honest|useful|careful|patient|splendid|fair",
    "bad": "slow|dull|expensive|confusing|late|weak|careless|vague",
    "oath": "damn|bloody|fucking|goddamn|crappy|shitty",
    "cry": "Oh shit|Bloody hell|Holy crap|Damn it|What the hell|For fuck's sake",
    "insult": (
        "idiot|moron|clown|coward|liar|fool|donkey|parasite|loser|halfwit|pig|waste of space"
        "|piece of trash|disgrace|imbecile|scumbag"
    ),
    "slur": "stupid|pathetic|worthless|disgusting|lazy|filthy|brainless|ugly|miserable|dumb",
}

CALM: Final = """
Thank you for the {good} report on {topic}.
I walked past {topic} on {day} and it was busier than ever.
Does anyone know who paid for {topic}?
My neighbour helped with {topic} {time}.
The second photograph does not show {topic}.
It would help to see the figures for {topic}, too.
{person} gave a {good} answer on {day}.
We have been waiting for {topic} {time}.
A {good} summary, and I would add that {topic} is closed on {day}.
I disagree with {person} about {topic}, but the argument is {good}.
Has {person} said when the works on {topic} will end?
Both sides have a point about {topic}.
I miss the {day} market, it brought people together.
There is a spelling mistake in the third paragraph.
Our street talked about {topic} {time}.
Please keep {topic}, older people need it.
I have written to {person} and got a {good} reply.
Credit to {person}, this was {good} work.
The interview with {person} taught me a lot about {topic}.
Could somebody post the plan for {topic} again?
""".strip().splitlines()

CRITICAL: Final = """
The decision on {topic} is a waste of money.
Another {bad} plan for {topic}, as {time}.
{person} has no idea what {topic} costs us.
This article is {bad} and says nothing about {topic}.
Nobody asked for {topic}, and it will be {bad} again.
{person} has promised {topic} {time} and done nothing.
I am sick of excuses about {topic}.
That argument makes no sense, read the report on {topic} again.
The reporting on {topic} gets worse each week.
They should be ashamed of {topic}.
""".strip().splitlines()

SWEARING: Final = """
{cry}, I missed {topic} again on {day}.
{cry}, it rained on {topic} {time}.
What a load of crap they put into {topic}.
That was a {oath} {good} evening at {topic}!
I love {topic}, it is {oath} {good}.
{topic} is a {oath} mess, as {time}.
The {oath} gate at {topic} was shut on {day}.
{cry}, what a goal, and on a {day}!
Who the hell parks a van in front of {topic}?
My {oath} knee hurts and I still went to {topic}.
It is {oath} cold at {topic} on a {day}.
""".strip().splitlines()

QUOTED: Final = """
Somebody shouted "{insult}" at {person} on {day}, which is sad.
I was called a {slur} {insult} for asking about {topic}.
Only a fool would build on sand, my father said of {topic}.
We do not call {person} a {insult} here, please stay polite.
""".strip().splitlines()

INSULTS: Final = """
{person} is a {slur} {insult}.
You are a {slur} {insult}.
You {slur} {insult}, go back to school.
What a {insult} {person} is.
Shut up, you {insult}.
Only a {slur} {insult} like you would defend {topic}.
{person} and this {slur} {insult} of an adviser ruined {topic}.
Typical of you, {insult}, to cry about {topic}.
You people who like {topic} are {slur} {insult}s.
{person} is a {slur} old {insult} and should be locked up.
""".strip().splitlines()

FOUL: Final = """
{person} is a {oath} {insult}.
Fuck off, you {slur} {insult}.
You {oath} {insult}, nobody wants you at {topic}.
What a {oath} {slur} {insult} you are.
{cry}, {person} is such a {slur} {insult}.
Kiss my arse, you {slur} {insult}.
""".strip().splitlines()

SLY: Final = """
Did your mother pack your lunch before you wrote this about {topic}?
People like you are why {topic} needs a fence.
I hope {person} falls off {topic} and nobody calls a doctor.
With that face I would not show myself at {topic}.
Somebody should teach {person} a lesson on {day}, in the dark.
We know where {person} lives, and when {topic} is empty.
""".strip().splitlines()

KINDS: Final[Sequence[tuple[float, Templates, bool]]] = (
    (0.49, CALM, False),
    (0.20, CRITICAL, False),
    (0.13, SWEARING, False),
    (0.02, QUOTED, False),
    (0.09, INSULTS, True),
    (0.06, FOUL, True),
    (0.01, SLY, True),
)
"""How common each kind of comment is, its sentences, and whether it is rejected."""

_ARTICLE: Final = re.compile(r"\b([Aa])(?= [aeiou])")


def main() -> None:
    """Write the export to standard output."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["comment", "decision"])
    writer.writerows(make_rows(random.Random(2026)))  # noqa: S311 - to be the same each time


def make_rows(draw: random.Random) -> list[tuple[str, str]]:
    """Return comments with decisions, in the order in which they came."""
    rows = [_make_row(draw) for _ in range(COMMENTS)]
    # A wave of one advertisement, and a few comments that the English model does not read.
    wave = [("Cheap watches, write to me, best price, no questions!", "rejected")] * 40
    foreign = [
        ("Большое спасибо за интересную статью.", "approved"),
        ("Когда откроют новый мост через реку?", "approved"),
        ("Этот журналист ничего не понимает.", "rejected"),
    ]
    for row in [*wave, *foreign]:
        rows.insert(draw.randrange(len(rows)), row)
    return rows


def _make_row(draw: random.Random) -> tuple[str, str]:
    shares, kinds, rejects = zip(*KINDS, strict=True)
    place = draw.choices(range(len(KINDS)), shares)[0]
    text = _fill(draw.choice(kinds[place]), draw)
    if draw.random() < 0.85:  # noqa: PLR2004 - most say something harmless, too
        text = " ".join(draw.sample([text, _fill(draw.choice(CALM), draw)], 2))
    if draw.random() < 0.02:  # noqa: PLR2004 - nobody has looked at them yet
        return text, "pending"
    return text, "rejected" if rejects[place] != (draw.random() < SLIPS) else "approved"


def _fill(template: str, draw: random.Random) -> str:
    words = {name: draw.choice(choices.split("|")) for name, choices in WORDS.items()}
    sentence = _ARTICLE.sub(r"\1n", template.format(**words))
    return sentence[0].upper() + sentence[1:]


if __name__ == "__main__":
    main()
