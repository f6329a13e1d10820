// Where the dashboard begins: the theme, a one-time link if the address holds one, then the pages.

import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/call.css";
import "./styles/shell.css";
import "./styles/pages.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client, session } from "./api/queries";
import { loadPagesAhead, router } from "./router";
import { Notes } from "./shell/notes";
import { noticeAbsence } from "./shell/server";
import { noticeExpiry, redeemLink } from "./shell/session";
import { followTheme } from "./shell/theme";

client.getQueryCache().config.onError = notice;
client.getMutationCache().config.onError = notice;
followTheme();

function notice(error: unknown): void {
  noticeAbsence(error);
  noticeExpiry(error);
}

const root = createRoot(document.getElementById("root") as HTMLElement);
redeemLink()
  .then((who) => who && client.setQueryData(session.queryKey, who))
  .finally(() => {
    root.render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
          <Notes />
        </QueryClientProvider>
      </StrictMode>,
    );
    loadPagesAhead();
  });
