"""Whether a printer answers and takes jobs: IPP's Get-Printer-Attributes (RFC 8011 §4.2.5), which every network printer understands."""

from __future__ import annotations

from typing import Any

import httpx

from cti.messages import clean_text
from workstation.links.ipp import CONTENT_TYPE, GET_PRINTER_ATTRIBUTES, KEYWORD, NotIpp, answer_of, http_address, message

TIMEOUT = 3.0  # seconds
ASKED = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-info", "printer-make-and-model")
STOPPED = 5  # printer-state: 3 idle, 4 processing


def request(address: str) -> bytes:
    """Get-Printer-Attributes of the printer at `address` (ipp://…)."""
    return message(GET_PRINTER_ATTRIBUTES, address, {"requested-attributes": (KEYWORD, ASKED)})


def attributes(body: bytes) -> dict[str, list[Any]]:
    """What a printer's answer says, by name; raises NotIpp for one that is cut short, or a refusal."""
    answer = answer_of(body)
    if answer.refused:
        raise NotIpp(f"status {answer.status:#06x}")
    return dict(answer.found)


async def probe_printer(address: str, transport: httpx.AsyncBaseTransport | None = None) -> dict[str, str]:
    """{"printer_state": ready | stopped | refusing | unreachable, "printer_name", "printer_detail"}."""
    try:
        url = http_address(address)
        # a printer signs its own certificate; nothing secret is sent to it here
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False, transport=transport) as http:
            answer = await http.post(url, content=request(address), headers=CONTENT_TYPE)
        if not answer.is_success:
            raise NotIpp(f"HTTP {answer.status_code}")
        found = attributes(answer.content)
    except (httpx.HTTPError, httpx.InvalidURL, NotIpp, OSError) as error:
        return {"printer_state": "unreachable", "printer_name": "", "printer_detail": clean_text(str(error) or type(error).__name__, 80)}
    name = next((str(found[key][0]) for key in ("printer-info", "printer-make-and-model") if found.get(key)), "")
    reasons = ", ".join(str(reason) for reason in found.get("printer-state-reasons", []) if reason != "none")
    state = (
        "stopped"
        if found.get("printer-state") == [STOPPED]
        else "refusing"
        if found.get("printer-is-accepting-jobs") == [False]
        else "ready"
    )
    return {"printer_state": state, "printer_name": name[:80], "printer_detail": clean_text(reasons, 80)}
