"""What an experiment costs: the model of the costs, its rates, and the plan of a config."""
