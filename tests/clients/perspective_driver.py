"""Runs PyPI's `perspective`, unmodified, against another server.

Takes the server's address as its argument and calls as JSON from standard input, each a method's
name and its keyword arguments; writes what each returned or raised.
"""

import json
import sys
from typing import Any
from urllib.error import HTTPError

from perspective import PerspectiveAPI

client = PerspectiveAPI("any")
client.api_client.url = f"{sys.argv[1]}/v1alpha1/{{endpoint}}"


def call(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what a method returns, or what it raises with the body it carries."""
    try:
        return {"returned": getattr(client, method)(**arguments)}
    except HTTPError as error:  # of urllib, which the client lets pass
        return {"raised": "HTTPError", "status": error.code, "body": json.load(error)}


json.dump([call(*each) for each in json.load(sys.stdin)], sys.stdout)
