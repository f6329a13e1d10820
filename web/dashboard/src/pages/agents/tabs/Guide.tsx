// The six blocks of a good prompt, beside it: what belongs into each, and which are there.

const BLOCKS: { name: string; words: RegExp; teaches: string }[] = [
  {
    name: "Personality",
    words: /^#+\s*(personality|role|identity|who you are)/im,
    teaches: "A name, a role, two or three traits. Who is speaking?",
  },
  {
    name: "Environment",
    words: /^#+\s*(environment|context|situation)/im,
    teaches: "Where the talk happens, and what neither side can see.",
  },
  {
    name: "Tone",
    words: /^#+\s*(tone|style|voice|how you speak)/im,
    teaches:
      "Short spoken sentences, one question at a time. Everything is read aloud: no lists, numbers as words.",
  },
  {
    name: "Goal",
    words: /^#+\s*(goal|task|objective|steps)/im,
    teaches: "Numbered steps. Mark the one that matters: “This step is important.”",
  },
  {
    name: "Guardrails",
    words: /^#+\s*(guardrails|rules|limits|never|boundaries)/im,
    teaches: "What it never does, and what it does instead. What to say when it does not know.",
  },
  {
    name: "Tools",
    words: /^#+\s*(tools?)/im,
    teaches: "For each tool: when, when not, in which order, and what to say if it fails.",
  },
];

export function Guide({ prompt }: { prompt: string }) {
  const there = BLOCKS.filter(({ words }) => words.test(prompt)).length;
  return (
    <aside className="guide small" aria-label="The six blocks of a prompt">
      <h2>Six blocks</h2>
      <p className="soft">
        {there} of 6 are there. A heading each, such as <code># Goal</code>, helps the model and whoever reads
        it next.
      </p>
      <ol>
        {BLOCKS.map(({ name, words, teaches }) => (
          <li key={name} data-there={words.test(prompt) ? "" : undefined}>
            <strong>{name}</strong>
            <span className="hidden-text">{words.test(prompt) ? ": is there" : ": is missing"}</span>
            <p className="soft">{teaches}</p>
          </li>
        ))}
      </ol>
      <p className="soft">
        The prompt governs what is said. When to speak and when to wait is set under Turn taking.
      </p>
    </aside>
  );
}
