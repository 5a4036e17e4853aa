"""The room server: the sittings of its stations, its jury, its exchange and what they are told (docs/architecture.md)."""
