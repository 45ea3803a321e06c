"""What the lesson on scaling out lets happen: other tools, a long way, a worker that dies."""
