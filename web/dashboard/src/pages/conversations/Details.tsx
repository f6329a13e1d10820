// Everything else that is known of a conversation.

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Id } from "../../parts/Copy";
import { Facts } from "../../parts/states";
import { authorizationInWords, sourceInWords } from "../../words/endings";
import { nameOf } from "../../words/languages";
import { duration, moment } from "../../words/times";
import type { Read } from "./read";

export function Details({ one }: { one: Read }) {
  const initiation = one.conversation_initiation_client_data as Record<string, unknown> | undefined;
  const variables = (initiation?.dynamic_variables ?? {}) as Record<string, unknown>;
  const overrides = (initiation?.conversation_config_override ?? {}) as Record<string, unknown>;
  return (
    <div className="columns">
      <section className="card">
        <h2>The conversation</h2>
        <Facts facts={factsOf(one)} />
      </section>
      <section className="card">
        <h2>Variables</h2>
        {Object.keys(variables).length > 0 ? (
          <Facts
            facts={Object.entries(variables).map(([name, value]) => [name, <Value key={name} of={value} />])}
          />
        ) : (
          <p className="soft">The client gave none.</p>
        )}
      </section>
      {Object.keys(overrides).length > 0 && (
        <section className="card">
          <h2>What the client changed</h2>
          <pre className="code">{JSON.stringify(overrides, null, 2)}</pre>
        </section>
      )}
    </div>
  );
}

function Value({ of }: { of: unknown }) {
  return (
    <span className="mono anywhere" dir="auto">
      {typeof of === "string" ? of : JSON.stringify(of)}
    </span>
  );
}

function factsOf(one: Read): [string, ReactNode][] {
  const { metadata } = one;
  const facts: [string, ReactNode][] = [
    ["Id", <Id key="id" id={one.conversation_id ?? ""} what="the conversation's id" />],
    [
      "Agent",
      <Link key="agent" dir="auto" to="/agents/$agentId" params={{ agentId: one.agent_id }}>
        {one.agent_name || one.agent_id}
      </Link>,
    ],
    [
      "Version",
      one.version_id ? (
        <Id key="version" id={one.version_id} what="the version's id" />
      ) : one.branch_id ? (
        "a draft that was not published"
      ) : (
        "not known"
      ),
    ],
    ["Began", moment(metadata.start_time_unix_secs)],
    ["Lasted", duration(metadata.call_duration_secs)],
    ["Came from", sourceInWords(metadata.conversation_initiation_source)],
    ["Let in by", authorizationInWords(metadata.authorization_method ?? "")],
  ];
  if (one.user_id) facts.push(["User", <Id key="user" id={one.user_id} what="the user's id" />]);
  if (metadata.main_language) facts.push(["Language", nameOf(metadata.main_language)]);
  if (metadata.timezone) facts.push(["Time zone", metadata.timezone]);
  if (metadata.termination_reason) facts.push(["Ended", metadata.termination_reason]);
  if (metadata.error) facts.push(["Error", `${metadata.error.code}: ${metadata.error.reason ?? ""}`]);
  const { feedback } = metadata;
  if (feedback?.rating != null) facts.push(["Rated", `${feedback.rating} of 5`]);
  if (feedback?.comment) facts.push(["Comment", feedback.comment]);
  return facts;
}
