"""Telephony: the softphone, the exchange, agent and call states. Knows nothing of the CRM, the scenarios or any screen."""
