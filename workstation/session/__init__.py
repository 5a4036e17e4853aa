"""The consoles of who leads an exam session, and of who watches over it: one program, two roles, no telephone."""
