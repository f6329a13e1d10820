"""References to values that are kept elsewhere: secrets, environment variables, auth connections."""

from vivavoce.api.schema import Wire


class SecretLocator(Wire):
    secret_id: str


class EnvVarLocator(Wire):
    env_var_label: str


class DynamicVariableLocator(Wire):
    variable_name: str


class AuthConnectionLocator(Wire):
    auth_connection_id: str


class EnvironmentAuthConnectionLocator(Wire):
    env_var_label: str
