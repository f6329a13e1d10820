// The talk page: a small page of its own for people who have no login. What the dashboard has too is shared with it.

import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "../styles/call.css";
import "./talk.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { followTheme } from "../shell/theme";
import { addressIn } from "./address";
import { TalkPage } from "./TalkPage";

followTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <TalkPage address={addressIn(window.location)} />
  </StrictMode>,
);
