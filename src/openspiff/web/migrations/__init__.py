"""How did the tables become what they are? One step a file, in order."""
