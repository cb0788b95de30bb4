"""The address of a client behind proxies: used for limits, and for nothing else."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from service.values import UNIX

UNKNOWN: Final = "unknown"
"""Stands for an address that nobody named: all such clients share one."""

_PORT: Final = re.compile(r"\[(.*)\](?::\d+)?|([\d.]+):\d+", re.DOTALL)
_REMEMBERED: Final = 4096
_SITE_BITS: Final = 64


class TrustedProxies:
    """Find out where a request came from.

    Parameters
    ----------
    proxies : sequence of str
        Addresses and ranges that are believed, and ``unix`` for a peer on a Unix socket.
    """

    def __init__(self, proxies: Sequence[str] = ()) -> None:
        self._ranges = [ip_network(proxy) for proxy in proxies if proxy != UNIX]
        self._has_unix = UNIX in proxies
        self._read = lru_cache(_REMEMBERED)(self._read_anew)

    def find_client(self, peer: str, forwarded: str) -> str:
        """Return the address a client is counted under; of IPv6, its /64.

        Parameters
        ----------
        peer : str
            At the other end of the connection; empty for a Unix socket.
        forwarded : str
            ``X-Forwarded-For``. Each proxy adds to its end whom it was asked by, so it is read
            from there, and only as long as who wrote is believed.
        """
        found, is_believed = self._read(peer) if peer else (UNKNOWN, self._has_unix)
        if is_believed and forwarded:
            for each in reversed(forwarded.split(",")):
                address, is_believed = self._read(each.strip())
                if address == UNKNOWN:
                    break  # whoever wrote it is the last that is known
                found = address
                if not is_believed:
                    break
        return found

    def _read_anew(self, text: str) -> tuple[str, bool]:
        """Return what an address is counted under, and whether it is that of a proxy."""
        if port := _PORT.fullmatch(text):
            text = port[1] or port[2] or ""
        try:
            address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
        except ValueError:
            return UNKNOWN, False
        if isinstance(address, IPv6Address):
            # A socket for both kinds shows the old kind so.
            address = address.ipv4_mapped or address
        is_believed = any(address in each for each in self._ranges)
        if isinstance(address, IPv6Address):
            # Whoever has one has all that begin alike.
            return str(ip_network((address, _SITE_BITS), strict=False)), is_believed
        return str(address), is_believed
