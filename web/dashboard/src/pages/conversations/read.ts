// A conversation as it is read, whole.

import type { Reply } from "../../api/call";

export type Read = Reply<"GET /v1/convai/conversations/{conversation_id}">;
