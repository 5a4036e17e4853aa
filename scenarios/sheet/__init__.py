"""A spreadsheet: its document as data, its files, its engine. Pure: no screen, no network.

It stands on this floor because the pack's check and the room server read sheets too (`workstation/` may import it, not the
other way round). `document` and `references` load nothing; `workbook` and `files` load the engine (IronCalc) or odfdo when used.
"""


class SheetError(Exception):
    """The message, in French, says what cannot be done and why."""
