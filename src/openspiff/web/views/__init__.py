"""What does a page do? Look up as this viewer, read the form, act once, show."""
