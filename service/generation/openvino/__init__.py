"""A GGUF file on the CPU through OpenVINO GenAI, in a process of its own: its library holds Python's lock while it computes.

`conversion` makes the file ready, `engine` is the process, `channel` speaks with it, `tokens` turns chats into tokens and
back, `generator` puts them together, `choice` tests whether this is faster here than llama.cpp.
"""
