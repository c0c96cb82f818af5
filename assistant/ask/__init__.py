"""One question, from the request to the answer and what it rests on."""
