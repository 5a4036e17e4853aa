"""What practice sittings are good for afterwards: what a trainee practised and when, lines for the livret d'ECF. Reading only: nothing
here marks, and nothing writes in a sitting but the debrief that the room keeps there (`kept.py`)."""
