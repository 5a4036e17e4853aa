"""The fictional company's information system: the case file (records and journal) and its REST API."""
