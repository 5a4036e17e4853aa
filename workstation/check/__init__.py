"""What a machine of the room does when the room checks it: its phone calls, measures, and reports."""
