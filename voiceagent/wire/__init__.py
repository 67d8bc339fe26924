"""The OpenAI Realtime protocol as plain dictionaries: what clients ask, what servers say. Pure."""
