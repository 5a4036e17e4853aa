"""The desk without a screen: its state, the reducer that moves it, the effects it asks for. Pure: no Textual, no network, no thread."""
