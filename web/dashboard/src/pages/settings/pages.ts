// Where the page of each section of the settings is; loaded when somebody goes there.

import { lazyRouteComponent } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { page } from "../../shell/pages";

type Loading = () => Promise<{ default: () => ReactNode }>;

export const SECTION_SCRIPTS: Record<string, Loading> = {
  account: page(() => import("./Account").then((found) => ({ default: found.Account }))),
  keys: page(() => import("./Keys").then((found) => ({ default: found.Keys }))),
  machines: page(() => import("./ServiceAccounts").then((found) => ({ default: found.ServiceAccounts }))),
  members: page(() => import("./Members").then((found) => ({ default: found.Members }))),
  secrets: page(() => import("./Secrets").then((found) => ({ default: found.Secrets }))),
  environments: page(() => import("./Environments").then((found) => ({ default: found.Environments }))),
  providers: page(() => import("./providers/Providers").then((found) => ({ default: found.Providers }))),
  models: page(() => import("./Models").then((found) => ({ default: found.Models }))),
  limits: page(() => import("./Limits").then((found) => ({ default: found.Limits }))),
  about: page(() => import("./About").then((found) => ({ default: found.About }))),
};

export const SECTION_PAGES = Object.fromEntries(
  Object.entries(SECTION_SCRIPTS).map(([section, loading]) => [section, lazyRouteComponent(loading)]),
);
