// A version as it is listed, and how one is called.

import type { Schemas } from "../../../../api/contract";

export type Version = Schemas["VersionRead"];
export type NameOf = (one: Version) => string;
