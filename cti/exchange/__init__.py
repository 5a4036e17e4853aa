"""The exchange: what a dialled number leads to, with an Asterisk or with direct lines."""
