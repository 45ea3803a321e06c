"""The small jobs of the first module: primes, a race for a counter, messages, and failures."""
