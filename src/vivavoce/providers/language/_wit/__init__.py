"""The deterministic mind's wit: how messages, tools and passages become an answer without a language model.

    words      text as words: stems, concepts, what carries no meaning, sentences
    numbers    numbers, digits and letters as people say them
    times      days and times of the day, as people say them
    slots      the arguments of a tool, out of what was said; the questions that ask for them
    offers     the tools: what they are for, whether they change something, what is said of their results
    closeness  how well two texts fit: by their words, and by their meaning where there is an embedder
    passages   what of the prompt and of retrieved text may be quoted, and what is for the agent alone
    answers    the sentence that answers a question, or nothing
    phrases    what is said between people whatever the trade: greetings, thanks, goodbyes, a human wanted
    dialogue   where a conversation stands, read out of its messages: a question that was asked, one that was confirmed
    results    what a tool answered, as it is said
    forms      answers in JSON, for judges of calls: `unknown` when unsure
    mind       all of it together: a request becomes an answer

The rules:

- Pure but for the embedder, which is asked once for each request; the same request has the same answer.
- Nothing is kept between turns. What was asked and what is still missing is read from the messages, so that any
  process can go on with any call, and an interrupted question counts as far as it was heard.
- Nothing is made up: what is said is a phrase of this package, a sentence of the prompt or of a passage, or a field of
  a tool's result. What is meant for the agent is not read out.
- Numbers that decide (`closeness`, `answers`, `routing`) were set on the first half of `tests/wit`; the unseen half
  measures them.

What lives elsewhere: streaming and options in the provider `deterministic`, embedders in `providers/embedding`.

The patterns of `mind` and of what it imports take a tenth of a second to compile, so nobody imports them to declare
something: the provider does when it is first asked, or once the server is ready.
"""

MODEL = "deterministic"
"""The name by which agents ask for it."""
