"""Pure: no Textual, no network, no thread."""
