// The agent's face and name. Its picture, if this server has it; else two colours that move as it speaks.

import { useEffect, useRef } from "react";
import type { Shown } from "./server";
import type { VisitorsCall } from "./useCall";

interface Props {
  name: string;
  widget: Shown["widget_config"];
  call: VisitorsCall;
}

const COLOURS = ["#2792dc", "#9ce6e6"] as const;

export function Face({ name, widget, call }: Props) {
  const face = useRef<HTMLDivElement>(null);
  const { session, isText } = call;
  useEffect(() => {
    if (!session || isText) return;
    let frame = 0;
    const draw = () => {
      face.current?.style.setProperty("--loud", String(Math.min(1, session.loudness() * 2)));
      frame = requestAnimationFrame(draw);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, [session, isText]);
  const avatar = (widget.avatar ?? {}) as Record<string, unknown>;
  const picture = ownPicture(avatar);
  useEffect(() => {
    COLOURS.forEach((usual, place) => {
      const wanted = avatar[`color_${place + 1}`];
      const colour = typeof wanted === "string" && CSS.supports("color", wanted) ? wanted : usual;
      face.current?.style.setProperty(`--orb-${place + 1}`, colour);
    });
  }, [avatar]);
  const isSmall = call.stage === "running" || call.stage === "over";
  return (
    <header className={isSmall ? "face small" : "face"}>
      <div ref={face} className="orb" data-mode={call.stage === "running" ? call.mode : undefined}>
        {picture && <img src={picture} alt="" />}
      </div>
      <h1 dir="auto">{name}</h1>
    </header>
  );
}

const KEPT_HERE = /^\/v1\/convai\/agents\/[^/]+\/avatar\/[^/]+$/;

/** A picture that is kept here; one from elsewhere would tell that somebody who its visitors are. */
function ownPicture(avatar: Record<string, unknown>): string | null {
  const told = avatar.type === "url" ? avatar.custom_url : avatar.type === "image" ? avatar.url : null;
  if (typeof told !== "string" || !told) return null;
  try {
    const place = new URL(told, window.location.origin);
    // This server may go by another name than its visitors know it by; its own pictures are here all the same.
    if (KEPT_HERE.test(place.pathname)) return place.pathname;
    return place.origin === window.location.origin ? place.href : null;
  } catch {
    return null;
  }
}
