"""A made-up hospital: people, what they have, what is done, and what goes wrong in its records."""
