"""What readers are told, in their words."""

from typing import Final

WORDS: Final = {
    "checking": "Checking your comment …",
    "accept": "Thank you. Your comment is published.",
    "flag": "Thank you. Your comment is waiting for a moderator.",
    "reject": "Your comment is not published.",
    "held": "Your comment could not be checked, so it is being held for a moderator.",
    "problem": "Your comment could not be sent.",
    "kept": "What you typed is still in the form.",
    "marked": "The words that weighed most are marked:",
    "near": "Nearly at the limit.",
    "over": "Over the limit.",
    "too_long": (
        "It has {value} characters and the limit is {limit}. Nothing was cut:"
        " please shorten it and send it again."
    ),
    "empty": "There is nothing in it to read.",
    "banned_term": "It has a word that is not allowed here.",
    "suspect_term": "It has a word that a moderator looks at first.",
    "too_many_links": "It has too many links to other sites.",
    "unsupported_language": "It is in a language that only a person can judge here.",
    "toxicity": "It comes across as rude or disrespectful.",
    "severe_toxicity": "It comes across as very hateful or aggressive.",
    "identity_attack": "It comes across as an attack on people for who they are.",
    "insult": "It comes across as an insult.",
    "profanity": "It comes across as swearing or obscene.",
    "threat": "It comes across as a threat.",
    "rule": "It does not keep to the rules for comments.",
}
"""By the server or by ``static/words.js``, which has the same; a test compares them."""
