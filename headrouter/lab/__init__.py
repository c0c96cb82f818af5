"""Where nano is trained and everything is measured; nothing here is needed to answer."""
