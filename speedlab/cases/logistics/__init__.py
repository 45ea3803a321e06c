"""Plan every depot's routes: vehicles of one size, stops with a demand, the shortest way round."""
