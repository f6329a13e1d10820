"""Ears and voice activity, a file each. What they answer to stands in `ports.speech`; how a call uses it, in `live`."""
