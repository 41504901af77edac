"""The same embedder, faster on a CPU: BERT encoders as OpenVINO graphs in bfloat16 or int8, chosen by a short test.

`bert` makes the graph, `embedder` runs it, `choice` tests what is fastest here and still the same.
"""
