"""Finding moments in many recordings at once: words by ear, sounds by name, phrases, speakers."""
