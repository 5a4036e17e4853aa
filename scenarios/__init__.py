"""What is played and how it is assessed: référentiels, packs, sittings, the virtual customer, evidence; and the room server."""
