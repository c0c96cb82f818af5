"""The agent: LangGraph graph, token budget, settings and the command line."""
