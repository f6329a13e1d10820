"""What a small language model adds to the deterministic mind, and how it is kept from making things up.

A model of half a billion weights is a fair filler of forms and a bad witness: asked for a telephone number it does not
know, it has one ready. So it decides nothing. The deterministic mind (`_wit`) goes first, and where it is at a loss the
model is asked for one thing, in a form that a grammar holds it to; what it writes counts only as far as it is borne out
by what was said or stands in the facts. Else the deterministic mind's answer stays.

    tasks     what the model is asked: arguments of a tool, a form, a sentence out of facts
    grammar   JSON schemas as grammars, so that what it writes always fits
    evidence  whether a value, a sentence, is borne out
    pen       asks for a text step by step; leaving stops it within a token
    mind      all of it together

What lives elsewhere: the model itself and its memory of prompts in `providers/local`, options in the provider `local`.
"""
