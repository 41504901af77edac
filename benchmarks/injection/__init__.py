"""Documents with orders to the assistant in them: does a reader of the answer see what the attacker wanted?"""
