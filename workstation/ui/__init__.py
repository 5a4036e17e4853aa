"""The screens of the desk (Textual)."""
