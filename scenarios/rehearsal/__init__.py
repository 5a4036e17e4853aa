"""A whole exam session rehearsed at speed: the real room server and its real clock made faster, virtual people at every place.

What is rehearsed is the session – phases, clocks, orders, incidents, grids, archives – not the telephone: calls are told as facts.
"""
