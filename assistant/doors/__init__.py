"""Ways in: the command line, HTTP, MCP, LangChain, a planner, a graph."""
