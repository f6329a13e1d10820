"""The limits of the installation, to be seen; they are changed in the settings."""
