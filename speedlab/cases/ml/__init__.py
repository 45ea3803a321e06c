"""The recommender case: retrain a shop's recommender, many trials at once or one in blocks."""
