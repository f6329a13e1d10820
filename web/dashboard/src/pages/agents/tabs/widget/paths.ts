// Where in an agent's document the things of the widget are.

export const WIDGET = ["platform_settings", "widget"] as const;
export const STYLES = [...WIDGET, "styles"] as const;
export const AVATAR = [...WIDGET, "avatar"] as const;
export const AUTH = ["platform_settings", "auth"] as const;
export const OVERRIDES = ["platform_settings", "overrides", "conversation_config_override"] as const;
export const PRESETS = ["conversation_config", "language_presets"] as const;
