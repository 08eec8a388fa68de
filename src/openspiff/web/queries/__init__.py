"""What can be seen? Every read, by topic: the first argument is who looks."""
