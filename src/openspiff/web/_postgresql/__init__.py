"""How does Django speak to PostgreSQL here? As always, but for one question less a page."""
