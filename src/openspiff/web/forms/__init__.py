"""What may be sent? Plain forms, which refuse what no page can use; one file a topic."""
