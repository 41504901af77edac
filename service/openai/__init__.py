"""OpenAI's chat API: requests to questions, answers to completions."""
