"""Estimators: shells with scikit-learn's manners around networks, and tables as people have them."""
