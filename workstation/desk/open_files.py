"""The files open on the desk, brought to what the server says of one record; and what its qualification does to a call."""

from __future__ import annotations

from dataclasses import replace

from workstation.desk.changes import alive, change_call, put_log, take_out
from workstation.desk.state import DeskState, Record


def patch_file(state: DeskState, contact_id: str, kind: str, record: Record, whole: bool) -> DeskState:
    """Bring an open file to what the server says of one record; an older version never overwrites a newer one."""
    contact_id = contact_id or str(record.get("contact_id", ""))
    if kind == "contact":
        contact_id = str(record["id"])
    file = state.files.get(contact_id)
    if file is None:
        return state
    if kind == "contact":
        if int(record.get("version") or 0) < int(file["contact"].get("version") or 0):
            return state
        changed = {**file, "contact": {**file["contact"], **record}}
    else:
        records = list((file.get("records") or {}).get(kind) or ())
        place = next((i for i, r in enumerate(records) if r.get("id") == record["id"]), None)
        if place is None:
            records.insert(0, {"contact_id": contact_id, **record})
        elif int(record.get("version") or 0) < int(records[place].get("version") or 0):
            return state
        else:
            records[place] = record if whole else {**records[place], **record}
        changed = {**file, "records": {**(file.get("records") or {}), kind: records}}
    return replace(state, files={**state.files, contact_id: changed})


def qualified(state: DeskState, call_key: str) -> DeskState:
    """The server has the qualification of this call: it leaves the bar, its line of the log says so."""
    call = state.calls.get(call_key)
    logged = next((c for c in state.log if c.call_key == call_key), None)
    if logged is not None and not logged.qualified:
        state = put_log(state, replace(logged, qualified=True))
    if call is None:
        return state
    if alive(call):
        return change_call(state, call_key, qualified=True)
    return take_out(state, call_key)
