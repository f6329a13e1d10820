"""Models that run on this machine: what computes for the providers of the same names.

    pool        the threads that compute, the most urgent work first
    loaded      a model that is loaded once, and pieces of work for it
    workplace   where models are computed: here, or in the one process of the machine that has them
    distant     that process, as seen from the others; `serving` is its side, `wire` what they say
    features    spectrograms, as the models were trained on
    whisper     speech -> text, through CTranslate2
    bytes_text  text as Whisper's vocabulary spells it
    smart_turn  the sound of speech -> whether it was meant to end there
    kokoro      text -> speech, better and slower, in more languages
    hibari      text -> speech, and voices derived from its one voice
    breaths     text and phonemes in pieces that can be said in one go
    speakable   text as it is said aloud: numbers, codes, addresses of the web
    minilm      English sentences -> rows of numbers that are near each other if they mean the same
    wordpiece   text as MiniLM's vocabulary spells it
    use_multilingual  the same for sentences of 16 languages
    sentencepieces    text as its vocabulary spells it
    embedding   work for models that turn texts into rows
    tokens      text written token by token, and what of it is remembered
    llama       a small language model, written with through llama.cpp
    llama_library     llama.cpp's own library: types and functions
    graph       computations for onnxruntime, written down by hand

Everything here is synchronous and holds no state of a call; it is called within the pool, never on the loop. The
providers beside this folder turn it into the ports' shapes. No name here is a provider's.
"""
