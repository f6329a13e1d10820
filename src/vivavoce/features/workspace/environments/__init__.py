"""Environment variables: one label, one value for each environment, `production` for all that have none."""
