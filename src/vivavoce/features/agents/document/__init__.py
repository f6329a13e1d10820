"""The agent document: its wire models, its defaults, its older spellings.

One module per section of the document. A document is stored as it was sent: `spellings.in_todays_words` turns what old
clients write into what the contract says now, `graph` says what is wrong with a workflow as a whole, and
`defaults.with_defaults` adds what nobody sent when it is read. What a document means for a call is `compile`'s
business, one folder up. Nothing is imported here: the models cost a quarter of a second, at first use.
"""
