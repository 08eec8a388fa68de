"""SPIFF programs whole: rules, books, and what the money added."""
