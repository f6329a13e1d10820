// The sections of the settings, in the order in which they are shown; the palette goes to each by its name.

export interface Section {
  path: string;
  name: string;
  meaning: string;
}

export const GROUPS: { name: string; sections: Section[] }[] = [
  {
    name: "You",
    sections: [
      { path: "account", name: "Your account", meaning: "Who you are here, and your password." },
      { path: "keys", name: "API keys", meaning: "Let programs do what you may do here." },
    ],
  },
  {
    name: "Who may come in",
    sections: [
      { path: "members", name: "Members", meaning: "Who belongs to this workspace, and what each may do." },
      {
        path: "machines",
        name: "Service accounts",
        meaning: "Accounts for programs that belong to no person.",
      },
    ],
  },
  {
    name: "What agents use",
    sections: [
      { path: "secrets", name: "Secrets", meaning: "Passwords and keys that agents use by name." },
      {
        path: "environments",
        name: "Environments",
        meaning: "Values that differ between a trial and the real thing.",
      },
    ],
  },
  {
    name: "What it runs on",
    sections: [
      {
        path: "providers",
        name: "Providers",
        meaning: "Who thinks, hears and speaks here, and how they are doing.",
      },
      {
        path: "models",
        name: "Models",
        meaning: "What agents can think with, and what lies on this machine.",
      },
      { path: "limits", name: "Limits", meaning: "How much is taken at a time, and where that is changed." },
      {
        path: "about",
        name: "This server",
        meaning: "What is ready, what is missing, and how programs reach it.",
      },
    ],
  },
];
