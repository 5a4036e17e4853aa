"""The softphone: SIP engines behind one port, the sound behind another, and the process that holds both."""
